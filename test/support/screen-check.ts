import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** What is wrong with a screen as it is painted now; empty lists where nothing is. */
export interface ScreenFindings {
  /** Texts that reach out of their box, out of the window, or are cut off without an ellipsis. */
  past: string[];
  /** Texts that lie over each other. */
  overlapping: string[];
  /** Things to touch that are smaller than `--touch`. */
  small: string[];
  /** Violations of axe-core's rules, with the first element concerned. */
  axe: string[];
}

export interface ScreenCheckOptions {
  /** Least width and height of what is touched, px; the page's own `--touch` where absent. */
  touch?: number;
  /** Selectors of things that may be smaller, e.g. links inside a text. */
  exempt?: readonly string[];
}

/** Looks at a page as a person would: does text fit, is it legible apart from its neighbours, can a glove hit the buttons; and asks axe-core. */
export async function screenFindings(
  page: Page,
  { touch, exempt = [] }: ScreenCheckOptions = {},
): Promise<ScreenFindings> {
  const { look } = await inPage();
  const layout = await page.evaluate(look, { touch: touch ?? null, exempt: [...exempt] });
  return { ...layout, axe: await axeFindings(page) };
}

/** All findings as lines, for an assertion that shows them: `expect(linesOf(await screenFindings(page))).toEqual([])`. */
export function linesOf({ past, overlapping, small, axe }: ScreenFindings): string[] {
  return [
    ...past.map((one) => `past its box: ${one}`),
    ...overlapping.map((one) => `overlapping: ${one}`),
    ...small.map((one) => `too small to touch: ${one}`),
    ...axe.map((one) => `axe: ${one}`),
  ];
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeResult {
  violations: { id: string; help: string; nodes: { html: string }[] }[];
}

async function axeFindings(page: Page): Promise<string[]> {
  // Evaluated, not injected as a script element: the page's content security policy stays in force.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate<AxeResult>("axe.run(document, { resultTypes: ['violations'] })");
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help} (${nodes.length} ×, ${nodes[0]?.html.slice(0, 160) ?? ""})`,
  );
}

/** Loaded by address: what runs in a page is checked with the DOM's types, which server code and its tests do not have. */
async function inPage(): Promise<{
  look: (options: { touch: number | null; exempt: string[] }) => Omit<ScreenFindings, "axe">;
}> {
  return import(new URL("./screen-look.ts", import.meta.url).href);
}
