import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserPath, startBrowser } from "../support/browser.ts";
import { linesOf, screenFindings } from "../support/screen-check.ts";

const path = browserPath();
if (path === null) console.warn("skipped: no chromium on this machine (apt-get install chromium)");
const withBrowser = test.skipIf(path === null);

let browser: Browser;
let page: Page;
beforeAll(async () => {
  if (path === null) return;
  browser = await startBrowser(path);
  page = await browser.newPage({ viewport: { width: 640, height: 400 } });
});
afterAll(() => browser?.close());

const shown = async (body: string) => {
  await page.setContent(
    `<!doctype html><html lang="en" style="--touch: 56px"><title>t</title><body style="margin:0"><main><h1>Rig 14</h1>${body}</main></body></html>`,
  );
  return screenFindings(page);
};

withBrowser("a screen on which everything fits has no findings", async () => {
  const fine = '<p style="width:300px">Standpipe pressure</p><button style="width:90px;height:56px">Ack</button>';
  expect(linesOf(await shown(fine))).toEqual([]);
});

withBrowser("a text that is wider than its box is found, one that ends in an ellipsis is not", async () => {
  const box = (more: string) => `<div style="width:60px;white-space:nowrap;${more}">Standpipe pressure</div>`;
  expect((await shown(box(""))).past).toHaveLength(1);
  expect((await shown(box("overflow:hidden"))).past).toHaveLength(1);
  expect((await shown(box("overflow:hidden;text-overflow:ellipsis"))).past).toEqual([]);
});

withBrowser("texts that lie over each other are found", async () => {
  const two =
    '<div style="position:relative;height:40px;width:300px"><b style="position:absolute;left:0">9,812.4</b><i style="position:absolute;left:20px">ft below</i></div>';
  expect((await shown(two)).overlapping).toEqual(['"9,812.4" and "ft below"']);
});

withBrowser("a text outside of the window and a button that a glove misses are found", async () => {
  expect((await shown('<div style="position:absolute;left:620px;width:200px">2,936 psi</div>')).past).toHaveLength(1);
  expect((await shown('<button style="width:90px;height:34px">Ack</button>')).small).toHaveLength(1);
});

withBrowser("what axe finds is told with its rule", async () => {
  expect((await shown('<p style="color:#999;background:#aaa">pale</p>')).axe[0]).toMatch(/^color-contrast/);
});
