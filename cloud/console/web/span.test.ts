import fc from "fast-check";
import { expect, test } from "vitest";
import { askedGrid, boundsOf, lengths, movedTo, usualSpan } from "./span.ts";

const now = Date.UTC(2026, 1, 18, 20, 2, 11);
const hourMs = 3_600_000;

test("every question about the same span has the same grid, so that answers fit on each other", () => {
  const cases = fc.tuple(
    fc.constantFrom(...lengths.map(([, , length]) => length)),
    fc.integer({ min: 100, max: 2_000 }),
    fc.nat(1e9),
  );
  fc.assert(
    fc.property(cases, ([length, points, later]) => {
      const [a, b] = [now, now + later].map((to) => askedGrid(to - length, to, points));
      expect(a?.stepMs).toBe(b?.stepMs);
      expect(((b?.start ?? 0) - (a?.start ?? 0)) % (a?.stepMs ?? 1)).toBe(0);
      expect(a?.points).toBeLessThanOrEqual(points + 2);
      expect((a?.end ?? 0) - (a?.start ?? 0)).toBe((a?.points ?? 0) * (a?.stepMs ?? 0));
    }),
  );
});

test("a grid covers the span that is asked for", () => {
  const { start, end, stepMs } = askedGrid(now - 6 * hourMs, now, 900);
  expect(stepMs).toBe(30_000);
  expect(start).toBeLessThanOrEqual(now - 6 * hourMs);
  expect(end).toBeGreaterThanOrEqual(now);
});

test("a window dragged to now becomes live, and stays within the week", () => {
  const span = { length: hourMs, end: null };
  expect(movedTo(span, now + hourMs, now)).toEqual({ length: hourMs, end: null });
  expect(movedTo(span, now - 2 * hourMs, now)).toEqual({ length: hourMs, end: now - 2 * hourMs });
  expect(movedTo(span, 0, now).end).toBe(now - 167 * hourMs);
});

test("only a live axis has room after now", () => {
  expect(boundsOf({ length: hourMs, end: null }, now).edge).toBeGreaterThan(now);
  expect(boundsOf({ length: hourMs, end: now - hourMs }, now)).toEqual({
    from: now - 2 * hourMs,
    to: now - hourMs,
    edge: now - hourMs,
  });
});

test("what is shown at first is the shortest that covers the rig's known data, or what was chosen before", () => {
  const held = (from: number) => ({ coverage: [{ from, to: now, kind: "held" as const, frames: 1, reason: "" }] });
  const lengthOf = (from: number, chosen = "") => usualSpan(held(from), now, chosen).length / hourMs;
  expect(lengthOf(now - 60_000)).toBe(1);
  expect(lengthOf(now - 5 * hourMs)).toBe(6);
  expect(lengthOf(now - 7 * hourMs)).toBe(24);
  expect(lengthOf(now - 24 * hourMs)).toBe(24);
  expect(lengthOf(now - 24 * hourMs, "1h")).toBe(1);
  expect(usualSpan({ coverage: [] }, now, "").length).toBe(6 * hourMs);
});
