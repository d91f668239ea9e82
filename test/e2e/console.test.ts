import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Block } from "../../shared/domain/reading.ts";
import { openOffice, password } from "../support/api-office.ts";
import { browserPath, startBrowser } from "../support/browser.ts";
import { addSample, drillingAlarm, drillingRig, drillingTags } from "../support/drilling-rigs.ts";
import { linesOf, screenFindings } from "../support/screen-check.ts";
import { smallHistory } from "../support/small-history.ts";

const path = browserPath();
if (path === null) console.warn("skipped: no chromium on this machine (apt-get install chromium)");
const built = join(import.meta.dirname, "../../cloud/console/web/dist");
const withBrowser = test.skipIf(path === null);

const now = Math.floor(Date.now() / 1_000) * 1_000;
const minuteMs = 60_000;
const washout = drillingAlarm("mud_pressure", "Standpipe pressure low", { raisedAt: now - 4 * minuteMs });
const lost = drillingAlarm("rop", "ROP low", { raisedAt: now - 90 * minuteMs, priority: 4 });
const shelved = drillingAlarm("flow_out", "Flow out high", {
  raisedAt: now - 30 * minuteMs,
  ...{ priority: 2, state: "shelved" as const, changedAt: now - 20 * minuteMs },
  shelving: {
    ...{ at: now - 20 * minuteMs, until: now + 40 * minuteMs, forMs: 60 * minuteMs, active: true },
    ...{ who: "mech.1", why: "Sensor on order, WO-2291", untilMono: 0, boot: "0".repeat(16) },
  },
});
const rigs = {
  "rig-02": {
    ...drillingRig({ name: "Rig 02", well: "Arroyo 9", seed: 2, depth: 8_000, seconds: 600, now }),
    // Its box booted without a clock, twice; the first time nobody ever told it the true one.
    coverage: {
      completeTo: now - 5_000,
      spans: [
        { from: now - 55 * minuteMs, to: now - 50 * minuteMs, kind: "held" as const, frames: 300, reason: "" },
        {
          ...{ from: now - 50 * minuteMs, to: now - 45 * minuteMs, kind: "undated" as const, frames: 90 },
          reason: "the rig box was restarted before its clock came right",
        },
        { from: now - 45 * minuteMs, to: now - 40 * minuteMs, kind: "held" as const, frames: 300, reason: "" },
        {
          ...{ from: now - 40 * minuteMs, to: now - 20 * minuteMs, kind: "held" as const, frames: 1_200 },
          reason: "dated afterwards",
        },
        { from: now - 20 * minuteMs, to: now, kind: "held" as const, frames: 1_200, reason: "" },
      ],
      undated: [
        {
          ...{ epoch: "a".repeat(16), first: 1, last: 90, frames: 90, over: true },
          ...{ from: now - 50 * minuteMs, to: now - 45 * minuteMs },
        },
      ],
    },
  },
  "rig-07": {
    ...drillingRig({
      name: "Rig 07",
      well: "Arroyo 5",
      seed: 7,
      depth: 11_000,
      seconds: 600,
      now,
      silentMs: 60 * minuteMs,
      alarms: [lost],
    }),
    coverage: {
      completeTo: now - 60 * minuteMs,
      spans: [
        { from: now - 180 * minuteMs, to: now - 170 * minuteMs, kind: "held" as const, frames: 600, reason: "" },
        { from: now - 170 * minuteMs, to: now - 70 * minuteMs, kind: "edge down" as const, frames: 0, reason: "" },
        { from: now - 70 * minuteMs, to: now - 60 * minuteMs, kind: "held" as const, frames: 600, reason: "" },
        { from: now - 60 * minuteMs, to: now, kind: "not known" as const, frames: null, reason: "" },
      ],
    },
  },
  "rig-14": {
    ...drillingRig({
      name: "Rig 14",
      well: "Harrow 7-H",
      seed: 14,
      depth: 9_800,
      seconds: 2_400,
      now,
      alarms: [washout, shelved],
    }),
    coverage: {
      completeTo: now - 5_000,
      streams: [
        { stream: "telemetry" as const, completeTo: now - 5_000, underWay: 4_200 },
        { stream: "events" as const, completeTo: now - 60_000, underWay: 0 },
      ],
      spans: [
        { from: now - 40 * minuteMs, to: now - 20 * minuteMs, kind: "held" as const, frames: 1_200, reason: "" },
        {
          from: now - 20 * minuteMs,
          to: now - 15 * minuteMs,
          kind: "missing" as const,
          frames: 300,
          reason: "overflow in RAM",
        },
        { from: now - 15 * minuteMs, to: now, kind: "held" as const, frames: 900, reason: "" },
      ],
    },
  },
};

let browser: Browser;
let page: Page;
let office: Awaited<ReturnType<typeof openOffice>>;
let server: Awaited<ReturnType<(typeof office)["listen"]>>;
const faults: string[] = [];

beforeAll(async () => {
  if (path === null) return;
  if (!existsSync(join(built, "index.html"))) throw new Error("the console is not built: npm run build");
  const limits = { attempts: 1_000, connectionsOfPerson: 50, connectionsOfSource: 50 };
  office = await openOffice({ history: smallHistory(rigs), console: built, limits });
  await office.signIn("engineer", Object.keys(rigs), "engineer.2");
  server = await office.listen();
  browser = await startBrowser(path);
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "light" })).newPage();
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // Without a session the first question is refused, and the browser says so.
    if (message.type() === "error" && !message.text().includes("401")) faults.push(message.text());
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await office?.close();
});

async function fill(username: string, secret: string): Promise<void> {
  await page.fill("#username", username);
  await page.fill("#password", secret);
  await page.click("form .main");
}

withBrowser("an unknown name and a wrong password read the same", async () => {
  await page.goto(server.url);
  await fill("engineer.2", "not the password");
  const said = await page.waitForSelector(".trouble:not(:empty)");
  expect(await said.textContent()).toBe("Name or password is wrong.");
  await fill("nobody", "not the password");
  await page.waitForSelector("form .main:not([disabled])");
  expect(await page.textContent(".trouble")).toBe("Name or password is wrong.");
});

withBrowser("who signs in sees the rigs worst first, marked as simulated, and a silent one as not known", async () => {
  await fill("engineer.2", password);
  await page.waitForSelector(".rigrow");
  expect(await page.locator(".rigrow .name b").allTextContents()).toEqual(["Rig 14", "Rig 07", "Rig 02"]);
  expect(await page.textContent(".head .simulated")).toBe("SIMULATED");
  const silent = page.locator(".rigrow", { hasText: "Rig 07" });
  const words = await silent.textContent();
  expect(words).toContain("Not known since");
  expect(words).toContain("was rotary drilling");
  expect(words).toMatch(/as of \d\d:\d\d:\d\d/);
  expect(words).not.toContain("ROP low");
});

withBrowser("a facet leaves its rigs only, and the search finds by well", async () => {
  await page.click(".facet.silent");
  expect(await page.locator(".rigrow").count()).toBe(1);
  await page.click(".facet.silent");
  await page.keyboard.press("/");
  await page.keyboard.type("harrow");
  await vi.waitFor(async () => expect(await page.locator(".rigrow .name b").allTextContents()).toEqual(["Rig 14"]));
  await page.keyboard.press("Escape");
});

withBrowser("a rig's page draws history and appends what lands, without asking again", async () => {
  await page.click(".rigrow:has-text('Rig 14') a");
  await page.waitForSelector(".panel canvas");
  await vi.waitFor(async () => expect(await page.locator(".charthead").textContent()).toContain("mean of 5 s"));
  const depth = () => page.locator(".figurebox", { hasText: "Hole depth" }).locator(".value").textContent();
  const readings = new Block();
  const sample = rigs["rig-14"].simulation.next();
  addSample(readings, { values: [12_345.6, ...sample.values.slice(1)] }, Date.now());
  // The socket may still be on its way: a frame each try, as a rig sends one each second.
  let seq = 1;
  await vi.waitFor(
    async () => {
      office.live.readings("rig-14", {
        epoch: "00000000000000e1",
        seq: seq++,
        dictionary: "00000000000000d1",
        tags: drillingTags,
        readings,
      });
      expect(await depth()).toBe("12,345.6");
    },
    { timeout: 8_000, interval: 250 },
  );
});

withBrowser("what is missing is hatched with its reason, and no line crosses it", async () => {
  expect(await page.locator(".panel .gap").first().getAttribute("title")).toBe("Missing: overflow in RAM");
  expect(await page.getByRole("link", { name: "Ask for gaps" }).getAttribute("href")).toMatch(/coverage$/);
  expect(await page.locator(".upto").textContent()).toMatch(/^complete to \d\d:\d\d:\d\d$/);
});

withBrowser("coverage says which frames have no time, what bounds them, and what was dated afterwards", async () => {
  const other = await page.context().newPage();
  await other.goto(`${server.url}/rigs/rig-02/coverage`);
  const titled = (title: string) => other.locator(".card", { has: other.locator(".tabletitle", { hasText: title }) });
  const card = titled("Without a true time");
  await card.waitFor();
  const row = await card.locator("tbody tr").textContent();
  expect(row).toContain("The rig box was restarted before its clock came right");
  expect(row).toContain("90");
  const dated = titled("Dated afterwards");
  expect(await dated.locator("tbody tr").textContent()).toContain("1,200");
  expect(await other.locator("main").textContent()).toContain("some without a true time");
  if (process.env.IDRILL_PICTURES !== undefined)
    await other.screenshot({ path: join(process.env.IDRILL_PICTURES, "coverage-dated.png"), fullPage: true });
  await other.goto(`${server.url}/rigs/rig-02`);
  await vi.waitFor(async () => {
    const notes = await other.locator(".coveragelane small").allTextContents();
    expect(notes).toEqual(expect.arrayContaining(["dated afterwards"]));
  });
  if (process.env.IDRILL_PICTURES !== undefined)
    await other.screenshot({ path: join(process.env.IDRILL_PICTURES, "trend-dated.png") });
  await other.close();
});

withBrowser("time without the rig box may be what its disk lost, and asking for it says so", async () => {
  const other = await page.context().newPage();
  await other.goto(`${server.url}/rigs/rig-07/coverage`);
  const row = other.locator("tr", { hasText: "Rig box or daemon off, or its disk lost it" });
  const said = await row.textContent();
  expect(said).toContain("Nothing was made then, or the rig's disk lost it");
  expect(await row.getByRole("button", { name: "Ask for this span" }).isDisabled()).toBe(true);
  if (process.env.IDRILL_PICTURES !== undefined)
    await other.screenshot({ path: join(process.env.IDRILL_PICTURES, "coverage-off.png") });
  await other.close();
});

withBrowser("no number stands without its quality", async () => {
  const figure = (name: string) => page.locator(".figurebox", { hasText: name }).textContent();
  expect(await figure("Pit volume")).toContain("U");
  expect(await figure("Gas")).toMatch(/B.*–/);
});

withBrowser(
  "a page of which a part does not come says which, and that it is asked again, until it is here",
  async () => {
    const other = await page.context().newPage();
    let refused = 0;
    await other.route(/\/events\?/, (route) => {
      if (refused++ > 0) return route.continue();
      return route.fulfill({ status: 429, json: { error: { message: "too many questions" } } });
    });
    await other.goto(`${server.url}/rigs/rig-14`);
    await other.getByText("Not up to date: events (too many questions). Asked again by itself.").waitFor();
    await other.getByText("Not up to date").waitFor({ state: "detached" });
    expect(refused).toBeGreaterThan(1);
    await other.close();
  },
);

withBrowser("the arrows move the cursor over all panels, and Escape takes it away", async () => {
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await vi.waitFor(async () => expect(await page.locator(".panel .cursor").count()).toBe(4));
  expect(await page.locator(".atcursor").first().textContent()).not.toBe("");
  await page.keyboard.press("Escape");
  await vi.waitFor(async () => expect(await page.locator(".panel .cursor").count()).toBe(0));
});

withBrowser("an alarm of a rig appears with the message that brings it", async () => {
  const raisedAt = Date.now();
  office.live.alarm("rig-14", drillingAlarm("torque", "Torque high", { raisedAt, priority: 1 }));
  await vi.waitFor(async () => expect(await page.textContent(".worst")).toContain("Torque high"));
});

withBrowser("a shelved alarm is grey, last, and says until when, who and why, in the rig's words", async () => {
  for (const [address, tail] of [
    ["/rigs/rig-14/alarms", ".alarmlist:last-child .alarmline"],
    ["/alarms", ".alarmlist .alarmline:last-child"],
  ] as const) {
    await page.goto(server.url + address);
    const line = page.locator(tail, { hasText: "Flow out high" });
    await line.waitFor();
    expect(await line.textContent()).toMatch(
      /Shelved, still active\. By mech\.1, Sensor on order, WO-2291.*until \d\d:\d\d.*\d+ min( \d+ s)? left/,
    );
    expect(await line.locator(".mark").getAttribute("class")).toContain("off");
  }
});

withBrowser("what is missing can be asked for on the page of coverage, which then tells how far that is", async () => {
  await page.goto(`${server.url}/rigs/rig-14/coverage`);
  const gap = page.locator("tr", { hasText: "overflow in RAM" });
  await gap.getByRole("button", { name: "Ask for this span" }).click();
  await vi.waitFor(async () => expect(await gap.textContent()).toContain("the rig has not been told yet"));
  const [made] = office.fleet.requests("rig-14", 1);
  expect(made).toMatchObject({ by: "engineer.2", wanted: { what: "span", repair: true } });
  const request = made?.request ?? "";
  const said = { type: "request", request, why: null, frames: 300, bytes: 40_000 } as const;
  office.fleet.heardRequest("rig-14", { ...said, state: "taken" });
  await vi.waitFor(async () => expect(await gap.textContent()).toContain("Arriving: 300 frames"), { timeout: 10_000 });
  if (process.env.IDRILL_PICTURES !== undefined)
    await page.screenshot({ path: join(process.env.IDRILL_PICTURES, "console-coverage.png"), fullPage: true });
  await page.locator("tr", { hasText: "engineer.2" }).getByRole("button", { name: "Withdraw" }).click();
  await vi.waitFor(() => expect(office.fleet.requests("rig-14", 1)[0]?.state).toBe("withdrawn"));
  // Any span, in the times that the page shows (the rig's own), and a tag with every tick.
  expect(await page.locator(".askform").textContent()).toContain("Give both times");
  await page.getByLabel("From, UTC−6").fill("2026-02-18T08:00");
  await page.getByLabel("To, UTC−6").fill("2026-02-18T07:30");
  expect(await page.locator(".askform").textContent()).toContain("It ends before it begins");
  await page.getByLabel("To, UTC−6").fill("2026-02-18T09:30");
  await page.getByRole("button", { name: "Ask for it" }).click();
  await vi.waitFor(() => {
    const wanted = office.fleet.requests("rig-14", 1)[0]?.wanted;
    expect(wanted).toMatchObject({
      what: "span",
      start: Date.UTC(2026, 1, 18, 14),
      end: Date.UTC(2026, 1, 18, 15, 30),
    });
  });
  await page.locator(".askform select").selectOption({ label: "Hole depth" });
  await page.getByRole("button", { name: /^Ask for every tick/ }).click();
  await vi.waitFor(() => expect(office.fleet.requests("rig-14", 1)[0]?.wanted.what).toBe("tags"));
  await page.locator("td", { hasText: "Every tick of Hole depth" }).waitFor();
});

const pages = [
  ["the fleet", "/"],
  ["a rig", "/rigs/rig-14"],
  ["a silent rig", "/rigs/rig-07"],
  ["events", "/rigs/rig-14/events"],
  ["coverage", "/rigs/rig-14/coverage"],
  ["coverage of a silent rig", "/rigs/rig-07/coverage"],
  ["coverage of a wrong clock", "/rigs/rig-02/coverage"],
  ["a rig's alarms", "/rigs/rig-14/alarms"],
  ["alarms", "/alarms"],
  ["the account", "/account"],
] as const;
const sizes = [
  [1440, 900],
  [1280, 800],
  [1024, 640],
  [390, 844],
] as const;

for (const scheme of ["light", "dark"] as const) {
  for (const [width, height] of sizes) {
    withBrowser(`every text fits and axe finds nothing, ${scheme}, ${width} × ${height}`, async () => {
      await page.setViewportSize({ width, height });
      await page.evaluate((theme) => localStorage.setItem("theme", theme), scheme);
      for (const [name, address] of pages) {
        await page.goto(server.url + address);
        await page.waitForSelector("main .head");
        await vi.waitFor(
          async () => expect(await page.locator("main.waiting, .reading").allTextContents(), name).toEqual([]),
          { timeout: 8_000 },
        );
        expect(linesOf(await screenFindings(page)), name).toEqual([]);
      }
    });
  }
}

withBrowser("nothing broke the content security policy or was thrown on any page", () => {
  expect(faults).toEqual([]);
});

withBrowser("signing out ends the session in the browser too", async () => {
  await page.goto(`${server.url}/account`);
  await page.click("text=Sign out");
  await page.waitForSelector(".signin form");
  await page.reload();
  await page.waitForSelector(".signin form");
});
