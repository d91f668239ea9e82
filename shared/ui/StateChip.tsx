/** A state as a chip: the present one filled, others outlined, one that nobody knows dashed. `asOf` says since when it is not fresh. */
export function StateChip({
  state,
  current = true,
  known = true,
  asOf,
}: {
  state: string;
  current?: boolean;
  known?: boolean;
  asOf?: string;
}) {
  return (
    <span class={`chip${known ? (current ? " filled" : "") : " unknown"}`}>
      {known ? state : "Not known"}
      {asOf !== undefined && <small> as of {asOf}</small>}
    </span>
  );
}
