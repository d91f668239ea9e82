import { expect, test } from "vitest";
import { openWindow, type Row } from "./window.ts";

const manifest = {
  inputs: [
    { name: "mud_pressure", unit: "psi", valid: [0, 10_000] },
    { name: "mud_flow", unit: "gpm", valid: [0, 2_000] },
  ],
  window: { seconds: 3, samplingMs: 1_000 },
  states: ["rotary drilling"],
} satisfies Parameters<typeof openWindow>[0];

const row = (second: number, values: number[], state: Row["state"] = "rotary drilling"): Row => ({
  at: second * 1_000,
  state,
  values: Float64Array.from(values),
});

test("a window is cold until it is full, then gives the means of what it saw and no more", () => {
  const { push } = openWindow(manifest);
  expect(push(row(1, [1, 10]))).toMatchObject({ status: "refused", reason: "window incomplete" });
  expect(push(row(2, [2, 20]))).toMatchObject({ status: "refused", reason: "window incomplete" });
  expect(push(row(3, [3, 30]))).toEqual({ status: "ready", features: Float64Array.of(2, 20), from: 1_000, to: 3_000 });
  expect(push(row(4, [7, 40]))).toEqual({ status: "ready", features: Float64Array.of(4, 30), from: 2_000, to: 4_000 });
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])(
  "an input that is %s is refused and named, and enters no mean",
  (bad) => {
    const { push } = openWindow(manifest);
    for (const second of [1, 2, 3]) push(row(second, [5, 50]));
    expect(push(row(4, [5, bad]))).toEqual({ status: "refused", reason: "input not good", input: 1, unusable: 1 });
    expect(push(row(5, [5, 50]))).toMatchObject({ status: "ready", features: Float64Array.of(5, 50) });
  },
);

test("an input outside what the model knows is refused and named", () => {
  const { push } = openWindow(manifest);
  expect(push(row(1, [10_001, 50]))).toEqual({
    status: "refused",
    reason: "input out of range",
    input: 0,
    unusable: 1,
  });
});

test("the window starts anew after a hole in time, and when the clock goes back", () => {
  const { push } = openWindow(manifest);
  for (const second of [1, 2, 3]) push(row(second, [1, 1]));
  expect(push(row(10, [9, 9]))).toMatchObject({ reason: "window incomplete" });
  for (const second of [11, 12]) push(row(second, [9, 9]));
  expect(push(row(5, [1, 1]))).toMatchObject({ reason: "window incomplete" });
});

test("nothing of a state that the model does not judge reaches a later window", () => {
  const { push } = openWindow(manifest);
  for (const second of [1, 2, 3]) push(row(second, [1, 1]));
  expect(push(row(4, [0, 0], "connection"))).toMatchObject({ reason: "not judged in this rig state" });
  expect(push(row(5, [4, 4]))).toMatchObject({ reason: "window incomplete" });
  push(row(6, [4, 4]));
  expect(push(row(7, [4, 4]))).toMatchObject({ status: "ready", features: Float64Array.of(4, 4) });
});

test("later rows change no earlier features", () => {
  const rows = Array.from({ length: 20 }, (_, i) => row(i, [i * i, 20 - i]));
  const alone = openWindow(manifest);
  const first = rows.slice(0, 10).map((one) => alone.push(one));
  const whole = openWindow(manifest);
  expect(rows.map((one) => whole.push(one)).slice(0, 10)).toEqual(first);
});

test("all inputs that cannot be used are counted, the first is named", () => {
  const { push } = openWindow(manifest);
  expect(push(row(1, [Number.NaN, 9_999]))).toMatchObject({ reason: "input not good", input: 0, unusable: 2 });
});
