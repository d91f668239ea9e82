/** A horizontal share from 0 to 1; drawn by transform, so that it moves without layout. `limit` draws a mark, `forecast` a hatched rest. */
export function ShareBar({
  share,
  limit,
  forecast,
}: {
  share: number | null;
  limit?: number | undefined;
  forecast?: number | null | undefined;
}) {
  return (
    <i class={`share${share === null ? " empty" : ""}`} aria-hidden="true">
      {forecast != null && <i class="forecast" style={{ transform: shift(forecast) }} />}
      {share !== null && <i class="fill" style={{ transform: `scaleX(${Math.min(1, Math.max(0, share))})` }} />}
      {limit !== undefined && <i class="limit" style={{ transform: `translateX(${limit * 100}%)` }} />}
    </i>
  );
}

/** Moved rather than scaled, so that its hatching keeps its angle. */
const shift = (share: number) => `translateX(${100 * Math.min(1, Math.max(0, share)) - 100}%)`;
