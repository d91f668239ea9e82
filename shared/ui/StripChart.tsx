import { useEffect, useRef, useState } from "preact/hooks";
import { numberText } from "./format.ts";
import { type Mark, type StateSpan, type Track, timeLabels } from "./strip.ts";
import { drawStrip, type Ink, trackBoxes } from "./strip-draw.ts";

export interface StripChartProps {
  from: number;
  to: number;
  tracks: readonly Track[];
  states: readonly StateSpan[];
  marks: readonly Mark[];
  /** The screen is cut off: what is drawn is old. */
  dim?: boolean;
  /** Changes when colours do. */
  theme: string;
  timeText: (at: number) => string;
  /** What it shows, for those who hear it. */
  label: string;
  /** Nothing was read yet. */
  reading?: boolean;
}

/** Tracks side by side over one axis of time that runs down; heads with both pens' scales. */
export function StripChart({
  from,
  to,
  tracks,
  states,
  marks,
  dim = false,
  theme,
  timeText,
  label,
  reading = false,
}: StripChartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => watchSize(canvas.current, setSize), []);
  useEffect(
    () => paint(canvas.current, size, { from, to, tracks, states, marks }),
    [from, to, tracks, states, marks, size, theme],
  );
  const boxes = trackBoxes(size.width, tracks.length);
  const share = (at: number) => ((at - from) / (to - from)) * 100;
  return (
    <div class={`strip${dim ? " dim" : ""}`}>
      <div class="heads">
        {tracks.map((track) => (
          <div class="head" key={track.pens[0].label}>
            {track.pens.map((pen, i) => (
              <div class={i === 0 ? "pen" : "pen second"} key={pen.label}>
                <span>
                  <b>{pen.label}</b> <i>{pen.unit}</i>
                </span>
                <span class="ends">
                  <i>{numberText(pen.range[0], 0)}</i> <i>{numberText(pen.range[1], 0)}</i>
                </span>
              </div>
            ))}
          </div>
        ))}
      </div>
      <div class="times" aria-hidden="true">
        {timeLabels(from, to).map((at) => (
          <span key={at} style={{ top: `${Math.min(98, Math.max(2, share(at)))}%` }}>
            {timeText(at)}
          </span>
        ))}
      </div>
      <div class="plot">
        <canvas ref={canvas} role="img" aria-label={label} />
        {states
          .filter((state) => state.name !== null && share(state.to) - share(state.from) > 4 && share(state.to) > 2)
          .map((state) => (
            <span
              class="statename"
              key={state.from}
              style={{
                top: `${(Math.max(0, share(state.from)) + share(state.to)) / 2}%`,
                left: `${boxes[1]?.x ?? 20}px`,
              }}
            >
              {state.name}
            </span>
          ))}
        {reading && <span class="note">reading history</span>}
      </div>
    </div>
  );
}

function watchSize(canvas: HTMLCanvasElement | null, set: (size: { width: number; height: number }) => void) {
  if (canvas === null) return;
  const observer = new ResizeObserver(() => set({ width: canvas.clientWidth, height: canvas.clientHeight }));
  observer.observe(canvas);
  return () => observer.disconnect();
}

function paint(
  canvas: HTMLCanvasElement | null,
  { width, height }: { width: number; height: number },
  picture: Parameters<typeof drawStrip>[3],
) {
  const context = canvas?.getContext("2d");
  if (canvas === null || context === null || context === undefined || width === 0 || height === 0) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  drawStrip(context, width, height, picture, inkOf(canvas));
}

function inkOf(canvas: HTMLCanvasElement): Ink {
  const style = getComputedStyle(canvas);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of("ink"),
    ink3: of("ink3"),
    line: of("line"),
    line2: of("line2"),
    pen2: of("pen2"),
    raised: of("raised"),
    panel: of("panel"),
    accent: of("accent"),
    edge: of("edge"),
    priorities: ["", of("p1"), of("p2"), of("p3"), of("p4")],
  };
}
