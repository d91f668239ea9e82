import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { browserPath, startBrowser } from "../support/browser.ts";
import { freePort } from "../support/link.ts";
import { adminToken, passwords, until } from "../support/parts.ts";
import { linesOf, screenFindings } from "../support/screen-check.ts";

/**
 * The whole product as `npm start` runs it, looked at in a real browser. The README's pictures go where IDRILL_PICTURES says,
 * and show so many seconds of drilling before the faults as IDRILL_PICTURES_AFTER says.
 */
const root = join(import.meta.dirname, "..", "..");
const path = browserPath();
const built = ["edge/hmi", "cloud/console"].every((page) => existsSync(join(root, page, "web", "dist", "index.html")));
if (path === null || !built)
  console.warn(
    `skipped: ${built ? "no chromium on this machine (apt-get install chromium)" : "the pages are not built (npm run build)"}`,
  );
const withBrowser = test.skipIf(path === null || !built);

const lead = Number(process.env.IDRILL_PICTURES_AFTER ?? 0);
const patience = (seconds: number) => (seconds + lead) * 1_000;

const sizes = [
  [1280, 800],
  [1440, 900],
  [390, 844],
] as const;

const Alarm = z.object({
  ...{ name: z.string(), condition: z.string(), raisedAt: z.number(), state: z.string() },
  shelving: z.object({ who: z.string(), why: z.string() }).optional(),
});
const Snapshot = z.object({ alarms: z.array(Alarm) });
const Alarms = z.object({ data: z.array(z.object({ state: Alarm })) });

let data: string;
let demo: ChildProcess;
let browser: Browser;
let hmi: Page;
let office: Page;
let address: { hmi: string; office: string };

/** Starts it as `demo`, so that it is stopped also where it never comes up. */
async function startDemo(faults: string[]): Promise<void> {
  demo = spawn(process.execPath, ["deploy/demo.ts", ...faults.flatMap((fault) => ["--fault", fault])], {
    cwd: root,
    env: { ...process.env, ...(await ports()), IDRILL_DATA: data },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  demo.stdout?.on("data", (chunk) => {
    output += String(chunk);
  });
  await until(
    async () => output.includes("the rig's screen"),
    () => `npm start printed: ${output}\n${logs()}`,
    60,
  );
}

let chosen: Record<string, string> | undefined;
async function ports(): Promise<Record<string, string>> {
  if (chosen !== undefined) return chosen;
  const [cloud, screen] = [await freePort(), await freePort()];
  address = { hmi: `http://127.0.0.1:${screen}`, office: `http://127.0.0.1:${cloud}` };
  const numbers = {
    CLOUD_PORT: cloud,
    HMI_PORT: screen,
    MQTT_PORT: await freePort(),
    MODBUS_PORT: await freePort(),
    OPCUA_PORT: await freePort(),
  };
  chosen = {
    ...Object.fromEntries(Object.entries(numbers).map(([name, port]) => [name, String(port)])),
    IDRILL_ADMIN_PASSWORD: passwords.admin,
    IDRILL_OPERATOR_PASSWORD: passwords.operator,
  };
  return chosen;
}

const logs = () =>
  ["rig", "cloud", "edge"]
    .map((name) => {
      const file = join(data, `${name}.log`);
      return existsSync(file) ? `${name}: ${readFileSync(file, "utf8").slice(-1_500)}` : "";
    })
    .join("\n");

async function stopDemo(): Promise<number | null> {
  const ended = new Promise<number | null>((done) => demo.once("exit", done));
  demo.kill("SIGTERM");
  return ended;
}

/** The number that a row of the drilling overview shows. */
const shown = async (row: string) =>
  (await hmi.locator("li, tr, .row", { hasText: row }).first().innerText()).replaceAll(/\s+/g, " ");

/** Opens a page of the rig's screen. */
const page = (name: string) => hmi.getByRole("navigation").getByText(name).click();

async function picture(of: Page, name: string): Promise<void> {
  const folder = process.env.IDRILL_PICTURES;
  if (folder !== undefined) await of.screenshot({ path: join(folder, `${name}.png`) });
}

async function fits(screen: Page, what: string, touch?: number): Promise<void> {
  for (const [width, height] of sizes) {
    await screen.setViewportSize({ width, height });
    await screen.waitForTimeout(300); // one painted update after the new size
    expect(
      linesOf(await screenFindings(screen, touch === undefined ? {} : { touch })),
      `${what} at ${width}×${height}`,
    ).toEqual([]);
  }
}

beforeAll(async () => {
  if (path === null || !built) return;
  data = mkdtempSync(join(tmpdir(), "idrill-demo-"));
  await startDemo([`washout@${lead + 20}`, `flatline:torque@${lead + 20}`]);
  browser = await startBrowser(path);
  hmi = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  office = await browser.newPage({ viewport: { width: 1440, height: 900 } });
}, 90_000);

afterAll(async () => {
  await browser?.close();
  if (demo?.exitCode === null) await stopDemo();
  if (data !== undefined) rmSync(data, { recursive: true, force: true });
});

withBrowser("the rig's screen shows moving values, marked as simulated", async () => {
  await hmi.goto(address.hmi);
  await until(async () => /\d{3}\.\d klbf/.test(await shown("Hookload")), logs, 30);
  expect(await hmi.getByText("SIMULATED").first().isVisible()).toBe(true);
  const before = await shown("Standpipe pressure");
  await until(async () => (await shown("Standpipe pressure")) !== before, logs, 10);
});

withBrowser("a person signs in to the office and finds the rig, live and marked as simulated", async () => {
  await office.goto(address.office);
  await office.getByLabel("Name").fill("admin");
  await office.getByLabel("Password", { exact: true }).fill(passwords.admin);
  await office.getByRole("button", { name: "Sign in" }).click();
  await office.getByText("Rig 14").first().waitFor();
  expect(await office.getByText("SIMULATED").first().isVisible()).toBe(true);
});

/** Puts the torque's flat line aside for an hour, and looks at the washout again. */
async function shelveTorque(): Promise<void> {
  await hmi.locator(".alarmrow", { hasText: "Torque stands still" }).locator(".rowmain").click();
  await hmi.locator(".detail .times").getByRole("button", { name: "1 h", exact: true }).click();
  await hmi.getByRole("dialog").getByRole("button", { name: "Sensor fault reported" }).click();
  await hmi.locator(".shelvedrow", { hasText: "Torque stands still" }).waitFor();
  await hmi.locator(".alarmrow .rowmain").first().click();
}

withBrowser(
  "the washout raises an alarm that says what is off; what the operator acknowledges and shelves reaches the office",
  async () => {
    await until(
      async () => /Standpipe pressure ([\d,.]+ psi )?below expected/.test(await hmi.locator("body").innerText()),
      logs,
      90 + lead,
    );
    await picture(hmi, "rig-overview");
    await hmi.getByRole("button", { name: "Sign in" }).or(hmi.getByText("Sign in").first()).first().click();
    await hmi.getByLabel("Password", { exact: true }).fill(passwords.operator);
    await hmi.getByRole("dialog").getByRole("button", { name: "Sign in" }).click();
    await hmi.getByText("operator").first().waitFor();
    await page("Alarms");
    await shelveTorque();
    await hmi.getByText("average").first().waitFor(); // the load, read from the journal, comes last
    await picture(hmi, "rig-alarms");
    await hmi
      .locator("button", { hasText: /^Ack\s/ })
      .first()
      .click();
    await hmi
      .getByText(/Acknowledged by operator/)
      .first()
      .waitFor();
    await picture(office, "console-fleet");
    await office
      .getByText(/^acknowledged/)
      .first()
      .waitFor({ timeout: 15_000 });
  },
  patience(180),
);

withBrowser(
  "the washout and the flat line stand on the rig and in the office, raised within a minute",
  async () => {
    const began = statSync(join(data, "rig.pid")).mtimeMs + (lead + 20) * 1_000;
    const ofRig = async () => Snapshot.parse(await (await fetch(`${address.hmi}/api/v1/hmi/snapshot`)).json()).alarms;
    const ofOffice = async () => {
      const token = await adminToken(address.office);
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${address.office}/api/v1/alarms?rig_id=rig-14`, { headers });
      return Alarms.parse(await answer.json()).data.map(({ state }) => state);
    };
    for (const alarmsOf of [ofRig, ofOffice])
      for (const [name, condition] of [
        ["score.hydraulics", "score"],
        ["torque", "quality"],
      ]) {
        const find = async () => (await alarmsOf()).find((one) => one.name === name && one.condition === condition);
        await until(async () => (await find()) !== undefined, logs, 60);
        const delayS = ((await find())?.raisedAt ?? Number.NaN) / 1_000 - began / 1_000;
        console.log(JSON.stringify({ alarm: name, at: alarmsOf === ofRig ? "rig" : "office", delayS }));
        expect(delayS, `${name}, s after its fault`).toBeGreaterThan(0);
        expect(delayS, `${name}, s after its fault`).toBeLessThanOrEqual(60);
      }
    const shelved = (await ofOffice()).find(({ name }) => name === "torque");
    expect(shelved).toMatchObject({ state: "shelved", shelving: { who: "operator", why: "Sensor fault reported" } });
  },
  120_000,
);

withBrowser(
  "every page fits and is legible at every size",
  async () => {
    for (const name of ["Alarms", "Link", "Drilling"]) {
      await hmi.setViewportSize({ width: 1280, height: 800 });
      await page(name);
      await fits(hmi, name);
    }
    await fits(office, "Fleet", 24);
    await office.setViewportSize({ width: 1440, height: 900 });
    await office.getByText("Rig 14").first().click();
    await office.getByText("Hydraulics").waitFor();
    await office
      .getByText(/reading (history|7 days)/)
      .first()
      .waitFor({ state: "detached" });
    await picture(office, "console-rig");
    await fits(office, "Rig", 24);
    for (const tab of ["Events", "Coverage"]) {
      await office.setViewportSize({ width: 1440, height: 900 });
      await office.getByRole("link", { name: tab }).last().click();
      await fits(office, tab, 24);
    }
  },
  180_000,
);

withBrowser(
  "the screen says that it lost the rig box, and a second start is up again within 15 s",
  async () => {
    expect(await stopDemo()).toBe(0);
    await hmi
      .getByText(/lost the rig box/i)
      .first()
      .waitFor({ timeout: 10_000 });
    const start = performance.now();
    await startDemo([]);
    await until(
      async () =>
        /\d{3}\.\d klbf/.test(await shown("Hookload")) &&
        !/lost the rig box/i.test(await hmi.locator("body").innerText()),
      logs,
      30,
    );
    expect(performance.now() - start).toBeLessThan(15_000);
  },
  90_000,
);
