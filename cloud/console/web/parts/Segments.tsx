export interface SegmentsProps<T extends string> {
  label: string;
  chosen: T | null;
  options: readonly (readonly [T, string])[];
  choose: (option: T) => void;
}

/** One of a few, side by side; the chosen one is filled. */
export function Segments<T extends string>({ label, chosen, options, choose }: SegmentsProps<T>) {
  return (
    <fieldset class="segments">
      <legend class="hidden">{label}</legend>
      {options.map(([option, word]) => (
        <button type="button" key={option} aria-pressed={option === chosen} onClick={() => choose(option)}>
          {word}
        </button>
      ))}
    </fieldset>
  );
}
