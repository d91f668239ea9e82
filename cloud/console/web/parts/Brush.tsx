import { useRef, useState } from "preact/hooks";
import { numberText, type Zone } from "../../../../shared/ui/format.ts";
import { labelFits } from "../../../../shared/ui/label-fits.ts";
import { Sparkline } from "../../../../shared/ui/Sparkline.tsx";
import { displayOf, type System } from "../../../../shared/ui/units.ts";
import { boundsOf, movedTo, type TimeSpan, weekMs } from "../span.ts";

export interface BrushProps {
  /** Hole depth of the last 7 days in equal steps; null while it is read. */
  depths: readonly (number | null)[] | null;
  /** The depth that was read last; the words count it in. */
  newest: number | null;
  span: TimeSpan;
  now: number;
  zone: Zone;
  ticks: readonly number[];
  system: System;
  choose: (span: TimeSpan) => void;
}

/** The last 7 days of hole depth with the shown span as a window; drag it, or move it by the arrow keys. */
export function Brush({ depths, newest, span, now, zone, ticks, system, choose }: BrushProps) {
  const box = useRef<HTMLDivElement>(null);
  const [draft, setDraft] = useState<TimeSpan | null>(null);
  const { from, to } = boundsOf(draft ?? span, now);
  const share = (at: number) => Math.min(100, Math.max(0, ((at - (now - weekMs)) / weekMs) * 100));
  const drag = useRef<number | null>(null);
  const timeAt = (x: number) => {
    const { left, width } = box.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return now - weekMs + ((x - left) / width) * weekMs;
  };
  const words = `${zone.day(from)} ${zone.minute(from)} to ${span.end === null ? "now" : `${zone.day(to)} ${zone.minute(to)}`}`;
  return (
    <div class="brush">
      <div
        class="week"
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label="Shown span"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share(to))}
        aria-valuetext={words}
        onPointerDown={(event) => {
          const at = timeAt(event.clientX);
          drag.current = at >= from && at <= to ? to - at : span.length / 2;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDraft(movedTo(span, at + drag.current, now));
        }}
        onPointerMove={(event) => {
          if (drag.current !== null) setDraft(movedTo(span, timeAt(event.clientX) + drag.current, now));
        }}
        onPointerUp={() => {
          // Asked for once it is let go.
          if (draft !== null) choose(draft);
          drag.current = null;
          setDraft(null);
        }}
        onKeyDown={(event) => {
          const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
          if (by === 0) return;
          event.preventDefault();
          event.stopPropagation();
          choose(movedTo(span, to + (by * span.length) / 2, now));
        }}
      >
        {depths === null ? (
          <span class="note reading">reading 7 days</span>
        ) : (
          <Sparkline
            values={depths}
            width={900}
            height={44}
            stale
            label="Hole depth in 7 days"
            empty="no depth in 7 days"
          />
        )}
        <i class="window" style={{ left: `${share(from)}%`, width: `${Math.max(0.4, share(to) - share(from))}%` }} />
      </div>
      <div class="days" aria-hidden="true">
        {ticks
          .filter((at) => labelFits(share(at)))
          .map((at) => (
            <span key={at} style={{ left: `${share(at)}%` }}>
              {zone.day(at).split(" ").slice(1).join(" ")}
            </span>
          ))}
      </div>
      <p class="weekwords">
        <b>7 days, hole depth</b>
        <small>{rangeWords([...(depths ?? []), newest], system)}drag the window</small>
      </p>
    </div>
  );
}

function rangeWords(depths: readonly (number | null)[], system: System): string {
  const known = depths.filter((depth) => depth !== null);
  const { factor, unit } = displayOf("ft", system);
  const text = (depth: number) => numberText(depth * factor, 0);
  return known.length === 0 ? "" : `${text(Math.min(...known))} to ${text(Math.max(...known))} ${unit}, `;
}
