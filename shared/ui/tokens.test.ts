import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

/** The tokens of a screen and theme, later blocks over earlier ones as the cascade has them. */
function tokensOf(screen: "hmi" | "console", theme: "light" | "dark"): Map<string, string> {
  const tokens = new Map<string, string>();
  for (const [, selector = "", body = ""] of css.matchAll(/(:root[^{]*)\{([^}]*)\}/g)) {
    if (selector.includes("console") && screen !== "console") continue;
    if (selector.includes("dark") && theme !== "dark") continue;
    for (const [, name = "", value = ""] of body.matchAll(/--([a-z0-9]+):\s*(#[0-9a-f]{6})/g)) tokens.set(name, value);
  }
  return tokens;
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const share = Number.parseInt(colour.slice(i, i + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** Least ratio of each pair that is used: 4.5 for text, 3 for borders and edges of marks. */
const pairs: [text: string, grounds: string[], least: number][] = [
  ["ink", ["bg", "panel", "raised", "sunk", "band", "accentbg"], 4.5],
  ["ink2", ["bg", "panel", "raised", "sunk", "accentbg"], 4.5],
  ["ink3", ["bg", "panel", "raised"], 4.5],
  ["accent", ["panel", "raised"], 4.5],
  ["onpri", ["pri"], 4.5],
  ["on1", ["p1"], 4.5],
  ["on2", ["p2"], 4.5],
  ["on3", ["p3"], 4.5],
  ["on4", ["p4"], 4.5],
  ["line2", ["panel", "raised"], 3],
  ["edge", ["panel", "raised", "bg"], 3],
];

for (const screen of ["hmi", "console"] as const) {
  for (const theme of ["light", "dark"] as const) {
    test(`every text of the ${screen} by ${theme === "light" ? "day" : "night"} stands out from its ground, marks included`, () => {
      const tokens = tokensOf(screen, theme);
      const weak = pairs.flatMap(([text, grounds, least]) =>
        grounds.flatMap((ground) => {
          const ratio = contrast(tokens.get(text) ?? "", tokens.get(ground) ?? "");
          return ratio >= least ? [] : [`${text} on ${ground}: ${ratio.toFixed(2)}`];
        }),
      );
      expect(weak).toEqual([]);
    });
  }
}
