const paths = {
  fleet: "M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 11h6v6h-6z",
  alarms: "M4.5 14.5h11l-1.5-2V9a4 4 0 0 0-8 0v3.5zM8.5 16.5a1.6 1.6 0 0 0 3 0",
  account: "M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM4 17c.6-3.4 2.7-5 6-5s5.4 1.6 6 5",
} as const;

export type IconName = keyof typeof paths;

/** A line drawing that stands beside its word. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** The product's sign. */
export function Sign({ size }: { size: number }) {
  return (
    <svg viewBox="0 0 20 20" width={size} height={size} fill="currentColor" aria-hidden="true">
      <path d="M1 1h18v6H1zM5 9h10l-5 10z" />
    </svg>
  );
}
