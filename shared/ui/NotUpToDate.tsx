export interface NotUpToDateProps {
  /** What a page is made of, each with why it is not here or not up to date; null where it is. */
  parts: readonly (readonly [what: string, trouble: string | null])[];
}

/** Says which parts of a page are missing or old, why, and that they are asked for again; nothing where none is. */
export function NotUpToDate({ parts }: NotUpToDateProps) {
  const some = parts.filter(([, trouble]) => trouble !== null);
  if (some.length === 0) return null;
  return (
    <p class="trouble" role="status">
      Not up to date: {some.map(([what, trouble]) => `${what} (${trouble})`).join(", ")}. Asked again by itself.
    </p>
  );
}
