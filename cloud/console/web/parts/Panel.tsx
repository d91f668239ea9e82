import { useEffect, useRef, useState } from "preact/hooks";
import { numberText } from "../../../../shared/ui/format.ts";
import type { Display } from "../../../../shared/ui/units.ts";
import { BadSpan } from "./BadSpan.tsx";
import type { Picture, Plot } from "./plot.ts";

/** The largest part of the page: values and alarms do not wait for it. */
const drawing = () => import("./plot.ts");

export interface PanelProps {
  label: string;
  rig: string;
  picture: Picture;
  units: readonly [Display, Display];
  /** Spans that are not held: hatched; what fits is named. */
  gaps: readonly { from: number; to: number; words: string; title: string }[];
  now: number | null;
  cursor: number | null;
  /** Says "now" at its line. */
  first: boolean;
  theme: string;
  reading: boolean;
}

/** Two pens over the page's axis of time, with the ends of their scales, what is not held, now and the cursor. */
export function Panel({ label, rig, picture, units, gaps, now, cursor, first, theme, reading }: PanelProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const [width, setWidth] = useState(0);
  const [failed, setFailed] = useState<unknown>(null);
  const newest = useRef(picture);
  newest.current = picture;
  useEffect(() => {
    const at = box.current;
    if (at === null) return;
    const size = () => [Math.max(10, at.clientWidth), Math.max(10, at.clientHeight)] as const;
    let closed = false;
    void drawing().then(({ openPlot }) => {
      if (!closed) plot.current = openPlot(at, ...size(), newest.current);
    }, setFailed);
    const observer = new ResizeObserver(() => {
      plot.current?.size(...size());
      setWidth(at.clientWidth);
    });
    observer.observe(at);
    return () => {
      closed = true;
      observer.disconnect();
      plot.current?.close();
      plot.current = null;
    };
  }, [theme]);
  useEffect(() => plot.current?.draw(picture), [picture]);
  const share = (at: number) => ((at - picture.from) / (picture.edge - picture.from)) * 100;
  return (
    <div class="panel" role="img" aria-label={label}>
      <div class="pens" ref={box} />
      {gaps.map((gap) => {
        const [left, right] = [Math.max(0, share(gap.from)), Math.min(100, share(gap.to))];
        return (
          <span class="gap" key={gap.from} title={gap.title} style={{ left: `${left}%`, width: `${right - left}%` }}>
            {first && !reading && (right - left) * width > nameFrom && <b>{gap.words}</b>}
          </span>
        );
      })}
      {picture.bad.map(({ from, to, ...bad }) => (
        <BadSpan
          key={`${bad.tag} ${from}`}
          {...bad}
          rig={rig}
          from={from}
          left={Math.max(0, share(from))}
          right={Math.min(100, share(to))}
          width={width}
        />
      ))}
      {picture.ranges.map(([low, high], i) => (
        <span class={i === 0 ? "ends" : "ends second"} key={i === 0 ? "a" : "b"} aria-hidden="true">
          <i>
            {numberText(high, endDecimals(high))} {units[i]?.unit}
          </i>
          <i>{numberText(low, endDecimals(low))}</i>
        </span>
      ))}
      {cursor !== null && <i class="cursor" style={{ left: `${share(cursor)}%` }} />}
      {now !== null && (
        <i class="now" style={{ left: `${share(now)}%` }}>
          {first && <b class={(100 - share(now)) * width < nowFrom ? "left" : ""}>now</b>}
        </i>
      )}
      {reading && first && <span class="note reading">reading history</span>}
      {failed !== null && first && (
        <span class="note">the office server did not give what draws this; load the page anew</span>
      )}
    </div>
  );
}

/** Widths that words need, in percent × px. */
const nameFrom = 9_000;
const nowFrom = 3_200;

function endDecimals(value: number): number {
  return Number.isInteger(value) ? 0 : 1;
}
