import { Fragment } from "preact";
import { numberText } from "./format.ts";
import { positionOf, type Scale, visibleTicks } from "./indicator.ts";
import type { Shown } from "./shown.ts";

export interface IndicatorProps {
  shown: Shown;
  /** null: nothing is known that the value could be held against. */
  scale: Scale | null;
  /** Priority of the most urgent alarm on the value; its colour fills the pointer. */
  priority?: number | null;
  /** In the shown unit. */
  setPoint?: number | null;
}

/** Moving analog indicator: the band at a fixed place, limits as ticks, a pointer that moves by transform alone, the last ten minutes as an underline. */
export function Indicator({ shown, scale, priority = null, setPoint = null }: IndicatorProps) {
  if (shown.letter === "N") return <div class="indicator empty" aria-hidden="true" />;
  if (scale === null) return <div class={`indicator${shown.value === null ? " empty" : ""}`} aria-hidden="true" />;
  const { band } = scale;
  const at = shown.value === null ? null : positionOf(shown.value, band);
  const doubtful = shown.letter === "U" || shown.letter === "S";
  const numbers = Math.min(shown.decimals, band[1] - band[0] >= 8 ? 0 : shown.decimals);
  return (
    <div class={`indicator${shown.value === null ? " empty" : ""}`} aria-hidden="true">
      <i class="band" />
      {visibleTicks(scale).map((tick) => (
        <Fragment key={tick.name}>
          <i class="tick" style={{ left: `${tick.position}%` }} />
          {tick.lettered && (
            <b class="tickname" style={{ left: `${tick.position}%` }}>
              {tick.name}
            </b>
          )}
        </Fragment>
      ))}
      <span class="edge low">{numberText(band[0], numbers)}</span>
      <span class="edge high">{numberText(band[1], numbers)}</span>
      {shown.low !== null && shown.high !== null && at !== null && !doubtful && (
        <Underline from={positionOf(shown.low, band)} to={positionOf(shown.high, band)} />
      )}
      {setPoint !== null && (
        <i class="carrier" style={{ transform: `translateX(${positionOf(setPoint, band)}%)` }}>
          <svg class="setpoint" viewBox="0 0 12 8" width="12" height="8" aria-hidden="true">
            <path d="M1 1H11L6 7Z" />
          </svg>
        </i>
      )}
      {at !== null && (
        <i class="carrier" style={{ transform: `translateX(${at}%)` }}>
          <svg
            class={`pointer${doubtful ? " doubtful" : priority === null ? "" : ` p${priority}`}`}
            viewBox="0 0 18 18"
            width="18"
            height="18"
            aria-hidden="true"
          >
            <path d="M9 1.5 16.5 9 9 16.5 1.5 9Z" />
          </svg>
        </i>
      )}
    </div>
  );
}

function Underline({ from, to }: { from: number; to: number }) {
  return (
    <i class="underline" style={{ transform: `translateX(${from}%) scaleX(${Math.max(0.4, to - from) / 100})` }} />
  );
}
