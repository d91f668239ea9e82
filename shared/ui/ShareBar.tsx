/** A horizontal share from 0 to 1; drawn by transform, so that it moves without layout. `limit` draws a mark. */
export function ShareBar({ share, limit }: { share: number | null; limit?: number | undefined }) {
  return (
    <i class={`share${share === null ? " empty" : ""}`} aria-hidden="true">
      {share !== null && <i class="fill" style={{ transform: `scaleX(${Math.min(1, Math.max(0, share))})` }} />}
      {limit !== undefined && <i class="limit" style={{ transform: `translateX(${limit * 100}%)` }} />}
    </i>
  );
}
