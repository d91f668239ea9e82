import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HmiSnapshot } from "../../shared/domain/hmi.ts";
import { browserPath, startBrowser } from "../support/browser.ts";
import { openScene, type Part, passwords, type Scene, until } from "../support/parts.ts";
import { linesOf, screenFindings } from "../support/screen-check.ts";

/** The whole product as processes: a rig is restarted with a broken file while the office is away, and a person brings its values back at the screen. */
const path = browserPath();
const built = existsSync(new URL("../../edge/hmi/web/dist", import.meta.url).pathname);
if (path === null || !built)
  console.warn(`skipped: ${built ? "no chromium on this machine" : "the page is not built (npm run build)"}`);
/** A folder that takes pictures of the pages, for people to look at. */
const pictures = process.env.PICTURES;

let scene: Scene;
let browser: Browser;
let edge: Part;
let cloud: Part;
beforeAll(async () => {
  if (path === null || !built) return;
  scene = await openScene();
  browser = await startBrowser(path);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await scene?.close();
});

async function snapshot(): Promise<HmiSnapshot> {
  const answer: HmiSnapshot = JSON.parse(
    await (await fetch(`http://127.0.0.1:${scene.ports.hmi}/api/v1/hmi/snapshot`)).text(),
  );
  return answer;
}
const waiting = async () => (await snapshot()).link.lanes.reduce((sum, lane) => sum + lane.waitingFrames, 0);
const wait = (holds: () => Promise<boolean>) => until(holds, () => scene.logOf("edge"), 60);

async function open(width: number, height: number): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width, height } })).newPage();
  await page.goto(`http://127.0.0.1:${scene.ports.hmi}/`);
  await page.locator(".overview, .broken").first().waitFor();
  return page;
}

async function look(page: Page, name: string): Promise<void> {
  expect([name, linesOf(await screenFindings(page))]).toEqual([name, []]);
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`) });
}

const spoil = (text: string) => text.replace('"order": "CDAB"', '"order": "CDBA"').replace('"unitId"', '"unitid"');

test.skipIf(path === null || !built)(
  "a broken file costs the values and nothing else: what is kept goes out, and a held button brings them back without the office",
  async () => {
    await scene.startRig();
    cloud = await scene.startCloud();
    const { code, output } = await scene.run(["cloud/main.ts", "--claim", "rig-14"]);
    expect(code, output).toBe(0);
    const token = output.trim().split(/\s+/).at(-1) ?? "";
    edge = await scene.startEdge({ env: { IDRILL_CLAIM: token } });
    await wait(async () => (await snapshot()).values.quality.includes("good") && (await waiting()) === 0);
    await wait(async () => existsSync(join(scene.data, "edge", "configuration-kept.json")));
    await cloud.end();
    await wait(async () => (await waiting()) > 5);
    await edge.end("SIGKILL");

    edge = await scene.startEdge({ edit: spoil });
    const file = readFileSync(join(scene.data, "rig.json"), "utf8");
    await wait(async () => (await waiting()) > 5);
    const { fault } = await snapshot();
    expect(fault).toMatchObject({ kind: "configuration", devices: 4, notKept: null });
    expect(fault?.errors.map(({ nearest }) => nearest)).toEqual(expect.arrayContaining(["CDAB", "unitId"]));

    for (const [width, height] of [
      [1280, 800],
      [390, 844],
    ] as const) {
      const page = await open(width, height);
      await page.getByText("waiting for the office").waitFor();
      await look(page, `broken-${width}`);
      for (const name of ["Alarms", "Link"]) {
        await page.getByRole("navigation").getByRole("button", { name }).click();
        await page.locator(".alarms, .linkpage").waitFor();
        await look(page, `broken-${name}-${width}`);
      }
      await page.context().close();
    }

    // What was read before goes out without any configuration, and the office learns that nothing is read.
    cloud = await scene.startCloud();
    await wait(async () => (await waiting()) === 0);
    const alarms = JSON.stringify(await scene.ask("alarms?rig_id=rig-14"));
    expect(alarms).toContain("No values are read, alarms are not working");
    await cloud.end();

    const page = await open(1280, 800);
    const back = page.getByRole("button", { name: /^Hold 2 s: go back/ });
    await back.click();
    await page.getByLabel("Password").fill(passwords.operator);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    await back.hover();
    await page.mouse.down();
    await page.locator(".overview").waitFor({ timeout: 30_000 });
    await page.mouse.up();
    await wait(async () => (await snapshot()).values.quality.includes("good"));
    await page.getByRole("button", { name: "Earlier one runs, file has 2 errors" }).waitFor();
    await look(page, "earlier-1280");
    expect(readFileSync(join(scene.data, "rig.json"), "utf8")).toBe(file);
    await page.getByRole("button", { name: "Earlier one runs" }).click();
    await page.locator(".configuration").waitFor();
    await look(page, "earlier-configuration-1280");

    // Mended: what runs goes on until somebody says so, and the next run is another epoch.
    const { rig: before } = await snapshot();
    const mended = file.replace("CDBA", "CDAB").replace("unitid", "unitId").replace('"pollMs": 1000', '"pollMs": 900');
    writeFileSync(join(scene.data, "rig.json"), mended);
    const restart = page.getByRole("button", { name: "Hold 2 s: restart with rig.json" });
    await restart.waitFor();
    await look(page, "mended-1280");
    expect((await snapshot()).rig?.epoch).toBe(before?.epoch);
    await restart.focus();
    await page.keyboard.down("Enter");
    await page.getByText("rig.json is what runs").waitFor({ timeout: 30_000 });
    await page.keyboard.up("Enter");
    expect((await snapshot()).rig?.epoch).not.toBe(before?.epoch);
    expect(await page.locator(".cell.config").count()).toBe(0);
    await wait(async () => (await snapshot()).values.quality.includes("good"));
    await page.context().close();

    cloud = await scene.startCloud();
    await wait(async () => (await waiting()) < 3);
    expect(JSON.stringify(await scene.ask("alarms?rig_id=rig-14"))).not.toContain("No values are read");
    await edge.end();
    const verified = await scene.run(["cloud/verify/main.ts", "--ledger", scene.ledger, "--data", scene.data]);
    expect(verified.code, verified.output).toBe(0);
  },
  240_000,
);
