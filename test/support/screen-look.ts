/** What is wrong with the layout of a page as it is painted now. */
export interface LayoutFindings {
  past: string[];
  overlapping: string[];
  small: string[];
}

/**
 * Texts past their box or over each other, and things to touch that are too small. Runs inside a page that a test drives, so nothing from outside this
 * function can be used in it.
 */
export function look({ touch, exempt }: { touch: number | null; exempt: string[] }): LayoutFindings {
  interface Piece {
    text: string;
    box: DOMRect;
    element: Element;
  }
  const slack = 1.5;
  const zoom = Number.parseFloat(getComputedStyle(document.documentElement).zoom || "1") || 1;
  const past: string[] = [];
  const overlapping: string[] = [];
  const small: string[] = [];
  const top = document.querySelector("dialog[open]");
  const pieces: Piece[] = [];

  const walker = document.createTreeWalker(top ?? document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? "";
    if (element === null || text === "" || element.closest("svg, script, noscript, .hidden, option") !== null) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 1 || box.height < 1) continue;
      const piece = { text: text.slice(0, 60), box: visible(box, element), element };
      const cut = cutter(piece);
      if (cut === "gone") continue;
      if (cut !== null) past.push(`"${piece.text}" ${cut}`);
      pieces.push(piece);
    }
  }
  for (const [i, a] of pieces.entries()) {
    for (const b of pieces.slice(i + 1)) {
      if (a.element === b.element || a.element.contains(b.element) || b.element.contains(a.element)) continue;
      if (meet(inner(a.box), inner(b.box))) overlapping.push(`"${a.text}" and "${b.text}"`);
    }
  }
  const least = touch ?? Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--touch"));
  for (const element of (top ?? document).querySelectorAll("button, a[href], input, select, [role=button]")) {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || exempt.some((selector) => element.matches(selector))) continue;
    const [width, height] = [box.width / zoom, box.height / zoom];
    if (width < least - 0.5 || height < least - 0.5)
      small.push(`${describe(element)} is ${width.toFixed(0)} × ${height.toFixed(0)}, wanted ${least}`);
  }
  return { past: [...new Set(past)], overlapping: [...new Set(overlapping)], small };

  /** Why a text is cut; "gone" when it is scrolled out of a box that scrolls; null when it is whole. */
  function cutter({ box, element }: Piece): string | null {
    for (
      let parent: Element | null = element;
      parent !== null && parent !== document.documentElement;
      parent = parent.parentElement
    ) {
      const style = getComputedStyle(parent);
      const outer = parent.getBoundingClientRect();
      const scrolls = /auto|scroll/.test(`${style.overflowX} ${style.overflowY}`);
      if (
        scrolls &&
        (box.bottom > outer.bottom + slack || box.top < outer.top - slack || box.right > outer.right + slack)
      )
        return "gone";
      const holds = style.overflowX === "hidden" || style.display !== "inline";
      const wide = box.left < outer.left - slack || box.right > outer.right + slack;
      const tall = style.overflowY === "hidden" && (box.top < outer.top - slack || box.bottom > outer.bottom + slack);
      if (holds && outer.width > 1 && wide)
        return `is wider than ${describe(parent)} by ${Math.max(outer.left - box.left, box.right - outer.right).toFixed(0)} px`;
      if (tall) return `is taller than ${describe(parent)}`;
      if (parent.classList.contains("card") && (box.bottom > outer.bottom + slack || box.top < outer.top - slack))
        return `leaves its card ${describe(parent)}`;
    }
    const out =
      box.left < -slack || box.top < -slack || box.right > innerWidth + slack || box.bottom > innerHeight + slack;
    return out ? "leaves the window" : null;
  }

  /** What is left of a text's box where an ellipsis ends it. */
  function visible(box: DOMRect, element: Element): DOMRect {
    for (let parent: Element | null = element; parent !== null; parent = parent.parentElement) {
      const style = getComputedStyle(parent);
      if (style.textOverflow !== "ellipsis" || style.overflowX !== "hidden") continue;
      const right = Math.min(box.right, parent.getBoundingClientRect().right);
      return new DOMRect(box.x, box.y, Math.max(0, right - box.x), box.height);
    }
    return box;
  }

  /** The glyphs' own height: a line box is taller than what it shows. */
  function inner(box: DOMRect): DOMRect {
    const y = box.height * 0.22;
    return new DOMRect(box.x + 0.8, box.y + y, Math.max(0, box.width - 1.6), box.height - 2 * y);
  }

  function meet(a: DOMRect, b: DOMRect): boolean {
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  }

  function describe(element: Element): string {
    const name = element.tagName.toLowerCase();
    const classes = element.getAttribute("class")?.trim().split(/\s+/).join(".") ?? "";
    const text = element.textContent?.trim().slice(0, 24) ?? "";
    return `${name}${classes === "" ? "" : `.${classes}`}${text === "" ? "" : ` "${text}"`}`;
  }
}
