import type { Mark, Pen, Series, StateSpan, Track } from "./strip.ts";

/** Colours of the tokens at the moment of drawing. */
export interface Ink {
  ink: string;
  ink3: string;
  line: string;
  line2: string;
  pen2: string;
  raised: string;
  panel: string;
  accent: string;
  edge: string;
  priorities: readonly string[];
}

export interface StripPicture {
  from: number;
  to: number;
  tracks: readonly Track[];
  states: readonly StateSpan[];
  marks: readonly Mark[];
}

/** Width of the state bar, and what is left between it and the tracks, px. */
const STATE_BAR = 12;
const TRACK_GAP = 4;

/** Left edge and width of each track on a canvas of this width. */
export function trackBoxes(width: number, count: number): { x: number; w: number }[] {
  const w = (width - STATE_BAR - TRACK_GAP * (count - 1)) / count;
  return Array.from({ length: count }, (_, i) => ({ x: STATE_BAR + i * (w + TRACK_GAP), w }));
}

/** Draws the whole strip: time runs down, the newest below; holes are hatched and never joined. */
export function drawStrip(
  c: CanvasRenderingContext2D,
  width: number,
  height: number,
  picture: StripPicture,
  ink: Ink,
): void {
  c.clearRect(0, 0, width, height);
  const y = (at: number) => ((at - picture.from) / (picture.to - picture.from)) * height;
  drawStates(c, picture.states, y, height, ink);
  const boxes = trackBoxes(width, picture.tracks.length);
  for (const [i, track] of picture.tracks.entries()) {
    const box = boxes[i];
    if (box === undefined) continue;
    c.save();
    c.beginPath();
    c.rect(box.x, 0, box.w, height);
    c.clip();
    c.translate(box.x, 0);
    drawGround(c, box.w, height, ink);
    for (const state of picture.states) if (state.name !== null) drawNamed(c, state, y, box.w, ink);
    // All holes first: one pen's hole must not cover what the other has measured.
    for (const { series } of track.pens)
      for (const hole of series.holes) drawHole(c, y(hole.from), y(hole.to), box.w, ink);
    for (const [p, pen] of track.pens.entries())
      drawPen(c, pen, y, box.w, p === 0 ? ink.ink : ink.accent, p === 0 ? [] : [5, 3]);
    for (const mark of picture.marks) if (mark.track === i) drawMark(c, mark, y(mark.at), box.w, height, ink);
    c.restore();
    c.strokeStyle = ink.line2;
    c.lineWidth = 1;
    c.strokeRect(box.x + 0.5, 0.5, box.w - 1, height - 1);
  }
}

function drawGround(c: CanvasRenderingContext2D, w: number, h: number, ink: Ink) {
  c.fillStyle = ink.raised;
  c.fillRect(0, 0, w, h);
  c.strokeStyle = ink.line;
  c.lineWidth = 1;
  c.beginPath();
  for (let i = 1; i < 4; i += 1) line(c, Math.round((w * i) / 4) + 0.5, 0, Math.round((w * i) / 4) + 0.5, h);
  for (let i = 1; i < 6; i += 1) line(c, 0, Math.round((h * i) / 6) + 0.5, w, Math.round((h * i) / 6) + 0.5);
  c.stroke();
}

function drawStates(
  c: CanvasRenderingContext2D,
  states: readonly StateSpan[],
  y: (at: number) => number,
  height: number,
  ink: Ink,
) {
  for (const state of states) {
    const top = Math.max(0, y(state.from));
    const bottom = Math.min(height, y(state.to));
    if (bottom <= top) continue;
    c.fillStyle = state.active ? ink.pen2 : ink.raised;
    c.fillRect(0.5, top, 7, bottom - top);
    if (!state.active) {
      c.strokeStyle = ink.line2;
      c.lineWidth = 1;
      c.strokeRect(0.5, top + 0.5, 7, Math.max(1, bottom - top - 1));
    }
  }
}

function drawNamed(c: CanvasRenderingContext2D, state: StateSpan, y: (at: number) => number, w: number, ink: Ink) {
  c.globalAlpha = 0.55;
  c.fillStyle = ink.line;
  c.fillRect(0, y(state.from), w, Math.max(1, y(state.to) - y(state.from)));
  c.globalAlpha = 1;
}

function drawHole(c: CanvasRenderingContext2D, top: number, bottom: number, w: number, ink: Ink) {
  const tall = Math.max(3, bottom - top);
  c.save();
  c.beginPath();
  c.rect(0, top, w, tall);
  c.clip();
  c.fillStyle = ink.panel;
  c.fillRect(0, top, w, tall);
  c.strokeStyle = ink.line2;
  c.lineWidth = 1;
  c.beginPath();
  for (let x = -tall; x < w; x += 6) line(c, x, top + tall, x + tall, top);
  c.stroke();
  c.restore();
}

function drawPen(
  c: CanvasRenderingContext2D,
  pen: Pen,
  y: (at: number) => number,
  w: number,
  colour: string,
  dash: number[],
) {
  const [low, high] = pen.range;
  const x = (value: number) => 1 + Math.min(1, Math.max(0, (value - low) / (high - low || 1))) * (w - 2);
  c.strokeStyle = colour;
  c.lineWidth = 1.4;
  c.lineJoin = "round";
  c.setLineDash(dash);
  c.beginPath();
  trace(c, pen.series, x, y);
  c.stroke();
  c.setLineDash([]);
}

/** From each bucket's least to its greatest, so that no spike is lost; a bucket without a value lifts the pen unless its neighbours do not either. */
function trace(c: CanvasRenderingContext2D, series: Series, x: (value: number) => number, y: (at: number) => number) {
  let down = false;
  let before = 0;
  for (const [i, at] of series.at.entries()) {
    const low = series.low[i] ?? null;
    const high = series.high[i] ?? null;
    if (low === null || high === null) {
      down = false;
      continue;
    }
    const middle = (low + high) / 2;
    const [first, second] = before <= middle ? [low, high] : [high, low];
    if (down) c.lineTo(x(first), y(at));
    else c.moveTo(x(first), y(at));
    if (first !== second) c.lineTo(x(second), y(at));
    before = second;
    down = true;
  }
}

function drawMark(c: CanvasRenderingContext2D, mark: Mark, at: number, w: number, height: number, ink: Ink) {
  const y = Math.min(height - 1, Math.max(0, at));
  c.strokeStyle = ink.ink;
  c.setLineDash([2, 2]);
  c.lineWidth = 1;
  c.beginPath();
  line(c, 0, Math.round(y) + 0.5, w, Math.round(y) + 0.5);
  c.stroke();
  c.setLineDash([]);
  const up = y > 22;
  const [cx, cy] = [w - 13, up ? y - 11 : y + 11];
  c.fillStyle = ink.priorities[mark.priority] ?? ink.ink3;
  c.strokeStyle = ink.edge;
  c.lineWidth = 1.2;
  c.beginPath();
  outline(c, mark.priority, cx, cy);
  c.closePath();
  c.fill();
  c.stroke();
}

function outline(c: CanvasRenderingContext2D, priority: number, x: number, y: number) {
  const points: Record<number, [number, number][]> = {
    1: [
      [-7, -7],
      [7, -7],
      [7, 7],
      [-7, 7],
    ],
    2: [
      [0, -8],
      [8, 7],
      [-8, 7],
    ],
    3: [
      [0, -8],
      [8, 0],
      [0, 8],
      [-8, 0],
    ],
  };
  const shape = points[priority];
  if (shape === undefined) c.arc(x, y, 7.5, 0, Math.PI * 2);
  else for (const [i, [dx, dy]] of shape.entries()) i === 0 ? c.moveTo(x + dx, y + dy) : c.lineTo(x + dx, y + dy);
}

function line(c: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number) {
  c.moveTo(x0, y0);
  c.lineTo(x1, y1);
}
