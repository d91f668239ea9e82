import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readConfig } from "../../edge/configuration/errors.ts";
import { openPeople } from "../../edge/hmi/people.ts";
import { type Hmi, startHmi } from "../../edge/hmi/server.ts";
import type { AlarmState } from "../../shared/domain/alarm.ts";
import { catalogue } from "../../shared/domain/catalogue.ts";
import type { HmiConfiguration, HmiFault } from "../../shared/domain/hmi.ts";
import { BAD, NO_VALUE, reasonCode, UNCERTAIN } from "../../shared/domain/reading.ts";
import { LONGEST_REASON } from "../../shared/domain/shelving.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { openLog } from "../../shared/node/log.ts";
import { browserPath, startBrowser } from "../support/browser.ts";
import { openHmiStage } from "../support/hmi-stage.ts";
import { linesOf, screenFindings } from "../support/screen-check.ts";

/** The rig's page in a real browser, at every size, with the widest values that its tags may have. */
const path = browserPath();
const quiet = openLog("edge", "silent");
const web = new URL("../../edge/hmi/web/dist", import.meta.url).pathname;
const built = existsSync(web);
if (path === null || !built)
  console.warn(`skipped: ${built ? "no chromium on this machine" : "the page is not built (npm run build)"}`);
const withBrowser = test.skipIf(path === null || !built);

const versions: TagVersion[] = [
  ...catalogue.map((sensor, n) => ({
    id: n.toString(16).padStart(16, "0"),
    name: sensor.name,
    label: sensor.label,
    unit: sensor.unit,
    kind: { type: "double", scale: 1, offset: 0 } as const,
    limits: sensor.limits,
    source: "Mud logger behind the second switch",
    validFrom: 0,
  })),
];
const indexOf = (name: string) => versions.findIndex((version) => version.name === name);
const idOf = (name: string) => versions[indexOf(name)]?.id ?? "";
const widest = (version: TagVersion) => version.limits.sane?.[1] ?? 99_999;

const stage = openHmiStage(versions);
const started = Date.now();

function alarm(name: string, priority: number, state: AlarmState["state"], text: string): AlarmState {
  const at = Date.now() - priority * 61_000;
  const version = versions[indexOf(name)];
  return {
    alarm: `${idOf(name)}:h`,
    tag: idOf(name),
    name,
    text,
    condition: "h",
    priority,
    state,
    value: version === undefined ? null : widest(version),
    limit: 5_000,
    unit: version?.unit ?? "",
    raisedAt: at,
    changedAt: at,
    acknowledgedAt: state === "acknowledged" ? at + 9_000 : null,
    acknowledgedBy: state === "acknowledged" ? "operator" : null,
    cannotJudge: false,
    evidence: [{ name: "mud_pressure", label: "Standpipe pressure", share: 0.58 }],
  };
}

/** Shelved an hour ago, with the longest reason that there may be. */
function shelvedOne(name: string, priority: number, text: string, why: string): AlarmState {
  const at = Date.now() - 3_600_000;
  const forMs = 8 * 3_600_000 - 1_000;
  const shelving = {
    at,
    until: at + forMs,
    forMs,
    who: "operator",
    why,
    active: true,
    untilMono: 0,
    boot: "0".repeat(16),
  };
  return { ...alarm(name, priority, "shelved", text), shelving };
}

const sentence =
  "Compare strokes and flow, check each pump's suction and valves; if it keeps falling, pick up and inspect the string. ";

function dress() {
  const { set } = stage;
  set.rig = {
    id: "rig-14",
    name: "Rig 14",
    well: "Harrow 7-H",
    timeZone: "America/Chicago",
    origin: "simulated",
    epoch: "0",
    software: "0",
    startedAt: started,
  };
  set.state = { state: "rotary drilling", since: Date.now() - 2_809_000, uncertain: false };
  set.alarms = [
    alarm("mud_pressure", 2, "unacknowledged", "Standpipe pressure 244 psi below expected for this flow and density"),
    alarm("casing_pressure", 1, "unacknowledged", "Casing pressure high"),
    alarm("motor_temperature", 3, "acknowledged", "Top drive motor hot"),
    alarm("pit_volume", 4, "returned", "Pit volume flat"),
    alarm("torque", 4, "acknowledged", "Torque high"),
    shelvedOne("pump1_spm", 4, "Pump 1 strokes high", sentence.repeat(2).slice(0, LONGEST_REASON)),
    shelvedOne("motor_temperature", 3, "Top drive motor very hot", "Sensor fault reported"),
    { ...alarm("gas", 3, "out of service", "Gas high"), alarm: "gas:off" },
  ];
  // A flood of 14 within nine minutes, and some before it.
  set.changes = Array.from({ length: 20 }, (_, i) => {
    const at = Date.now() - 5 * 3_600_000 + (i < 14 ? i * 40_000 : i * 1_800_000 - 2 * 36_000_000);
    return { ...alarm("gas", 3, "unacknowledged", "Gas high"), alarm: `gas${i}`, raisedAt: at, changedAt: at };
  });
  const most = sentence.repeat(2).slice(0, 160);
  for (const { alarm } of set.alarms)
    set.advice = { ...set.advice, [alarm]: { cause: most, consequence: most, action: most } };
  set.score = {
    tag: idOf("pump_efficiency"),
    model: "hydraulics 12",
    inputs: 15,
    inputsGood: 14,
    evidence: [0.58, 0.24, 0.09, 0.05, 0.04].map((share, i) => ({
      name: versions[i * 4]?.name ?? "",
      share,
      direction: "low",
    })),
  };
  const now = Date.now();
  const lane = (name: "events" | "live" | "backfill", waitingFrames: number) => ({
    lane: name,
    waitingFrames,
    waitingBytes: 1e6,
    bitsPerSecond: 512_000,
    oldestAt: now - 80_000_000,
  });
  const spent = (span: "hour" | "day" | "month", usedBytes: number, limitBytes: number, forecast: number | null) => ({
    ...{ span, usedBytes, limitBytes, forecastBytes: forecast },
    endsAt: forecast === null ? null : now + 9e8,
    countedSince: now - 9e8,
  });
  set.link = {
    state: "up",
    since: now - 9e6,
    reason: null,
    roundTripMs: 1_612,
    lastReceiptAt: now - 700_000,
    unansweredSince: now - 699_000,
    lanes: [lane("events", 0), lane("live", 12), lane("backfill", 414_600)],
    completeTo: now - 4_000_000,
    doneAt: now + 2_000_000,
    budget: {
      spent: [
        spent("hour", 3_240_000, 3_300_000, null),
        spent("day", 15_600_000, 400_000_000, 288_900_000),
        spent("month", 501_000_000, 1_000_000_000, 800_000_000),
      ],
      backfillHeldBy: "hour",
      opensAt: null,
      previewsFor: "hour",
      previewMs: 10_000,
    },
    asked: [
      {
        ...{
          request: "9000000000000001",
          span: { from: now - 9e6, to: now - 6e6 },
          tags: [],
          state: "taken",
          why: null,
        },
        ...{ frames: 3_000, leftFrames: 1_240, spentBytes: 412_000, maxBytes: 5_000_000, endsAt: now + 9e6 },
      },
    ],
  };
  set.storage = {
    usedBytes: 1.31e9,
    budgetBytes: 2e9,
    freeBytes: 11.4e9,
    reserveBytes: 1e9,
    owedBytes: 2.5e6,
    historyFrom: now - 25 * 864e5,
    bytesPerDay: 51.8e6,
    roomMs: 38 * 864e5,
    failed: null,
  };
  const gaps = [6e7, 3.2e7, 2e6].map((ago) => ({
    from: now - ago,
    to: now - ago + 218_000,
    what: "all 143 tags",
    why: "Drawworks PLC clock stepped back, values refused",
    count: null,
  }));
  set.coverage = (from, to) => ({
    from,
    to,
    rig: [{ from, to, state: "held" }],
    cloud: [
      { from, to: to - 9e6, state: "held" },
      { from: to - 9e6, to, state: "waiting" },
    ],
    gaps,
    dated: [{ from: to - 9e6, to: to - 8.4e6 }],
  });
  set.readings = (_tag, from, to) => {
    const at = Float64Array.from({ length: 360 }, (_, i) => from + ((to - from) * i) / 360);
    return { at, value: at.map((_, i) => 100 + (i % 7)), status: new Uint8Array(360), reason: new Uint32Array(360) };
  };
  for (const [n, version] of versions.entries()) stage.read(n, widest(version));
  stage.read(indexOf("pit_volume"), 4_999.9, UNCERTAIN, reasonCode("flat line"));
  stage.read(indexOf("gas"), 0, BAD | NO_VALUE, reasonCode("no such register or node", 2));
}

const broken = (): HmiFault => {
  const read = readConfig('{\n  "rig": "rig 14",\n  "name": "Rig 14",\n  "devises": []\n}\n');
  return {
    kind: "configuration",
    file: "demo-rig.json",
    since: Date.now() - 252_000,
    checkedAt: Date.now(),
    errors: "errors" in read ? read.errors : [],
    valuesUntil: Date.now() - 253_000,
    devices: 6,
    notKept: null,
    kept: { from: Date.now() - 9 * 864e5, until: Date.now() - 253_000 },
    happened: [{ at: Date.now(), text: "Daemon started. The file was read and has 3 errors" }],
  };
};

let folder: string;
let hmi: Hmi;
let browser: Browser;
beforeAll(async () => {
  if (path === null || !built) return;
  folder = mkdtempSync(join(tmpdir(), "hmi-page-"));
  dress();
  const people = await openPeople(folder, "drill", () => {}, quiet);
  hmi = await startHmi({ daemon: stage.daemon, people, log: openLog("edge", "silent"), port: 0, web });
  browser = await startBrowser(path);
});
afterAll(async () => {
  await browser?.close();
  await hmi?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

const sizes = {
  "1280×800": [1280, 800],
  "1024×640": [1024, 640],
  "1440×900": [1440, 900],
  "390×844": [390, 844],
} as const;
type Size = keyof typeof sizes;

async function open(size: Size, settings: Record<string, string> = {}): Promise<Page> {
  const [width, height] = sizes[size];
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  await page.addInitScript((stored) => {
    for (const [key, value] of Object.entries(stored)) localStorage.setItem(key, value);
  }, settings);
  await page.goto(`http://127.0.0.1:${hmi.port}/`);
  await page.locator(".overview, .broken").first().waitFor();
  return page;
}

async function findings(page: Page): Promise<string[]> {
  for (const [n, version] of versions.entries())
    if (n % 3 === 0 && version.name !== "gas") stage.read(n, widest(version));
  await page.waitForTimeout(400); // what was read is painted; this is a look, not a race
  return linesOf(await screenFindings(page));
}

/** Where IDRILL_PICTURES says. */
async function picture(page: Page, name: string): Promise<void> {
  const into = process.env.IDRILL_PICTURES;
  if (into !== undefined) await page.screenshot({ path: join(into, `${name}.png`) });
}

for (const size of Object.keys(sizes) as Size[]) {
  withBrowser(`every page fits ${size}, by day and by night, with the widest values`, async () => {
    for (const theme of ["light", "dark"]) {
      const page = await open(size, { theme });
      expect(await findings(page)).toEqual([]);
      for (const name of [/^Alarms/, /^Link/]) {
        await page.getByRole("navigation").getByRole("button", { name }).click();
        await page.locator(".alarms .load .figures, .bands").first().waitFor();
        expect(await findings(page)).toEqual([]);
        await picture(page, `hmi-${name.test("Link") ? "link" : "alarms"}-${size.replace("×", "x")}-${theme}`);
        if (!name.test("Alarms")) continue;
        for (const tab of [/^Shelved/, /^Suppressed/, /^Journal/, /^Open/]) {
          await page.locator(".tabs").getByRole("button", { name: tab }).click();
          expect(await findings(page)).toEqual([]);
        }
      }
      await page.locator(".who").click();
      expect(await findings(page)).toEqual([]);
      await page.context().close();
    }
  });
}

withBrowser("a 10 inch panel is drawn larger, metric units fit too, and nothing scrolls", async () => {
  for (const settings of [{ panel: "10 inch" }, { units: "si" }] as const) {
    const page = await open("1280×800", settings);
    expect(await findings(page)).toEqual([]);
    expect(
      await page.evaluate(
        "document.documentElement.scrollHeight <= innerHeight + 1 && document.querySelector('main').scrollHeight <= document.querySelector('main').clientHeight + 1",
      ),
    ).toBe(true);
    await page.context().close();
  }
});

withBrowser("signing in acknowledges what was asked for, and the alarm's mark stays as an outline", async () => {
  const page = await open("1280×800");
  await page.getByRole("button", { name: "Acknowledge", exact: true }).click();
  await page.getByLabel("Password").fill("drill");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("Standpipe pressure 244 psi").waitFor();
  expect(stage.set.alarms.find(({ priority }) => priority === 1)).toMatchObject({
    state: "acknowledged",
    acknowledgedBy: "operator",
  });
  expect(await page.locator(".who b").textContent()).toBe("operator");
  await page.context().close();
});

withBrowser(
  "a person shelves by time and reason; the alarm is grey in its own list, with who and why, and returns by hand",
  async () => {
    dress();
    hmi.changed();
    for (const size of ["1280×800", "390×844"] as const) {
      const page = await open(size);
      await page
        .getByRole("navigation")
        .getByRole("button", { name: /^Alarms/ })
        .click();
      // Priority 1 is chosen first: nothing is allowed for it, and what is not allowed stays in sight.
      await page.locator(".detail .times .notallowed").nth(4).waitFor();
      expect(await page.locator(".detail .times button:disabled").count()).toBe(5);
      await page
        .locator(".alarmrow", { hasText: "Torque high" })
        .getByRole("button", { name: /^Shelve/ })
        .click();
      await page.getByLabel("Password").fill("drill");
      await page.getByRole("dialog").getByRole("button", { name: "Sign in", exact: true }).click();
      const dialog = page.locator("dialog.shelve");
      expect(await dialog.getByRole("button", { name: "Equipment not in use" }).isDisabled()).toBe(true);
      await dialog.getByRole("button", { name: "15 min" }).click();
      expect(await findings(page)).toEqual([]);
      await dialog.getByLabel("Another reason").fill("Key seat at 9,800 ft");
      await dialog.getByRole("button", { name: "Shelve", exact: true }).click();
      const { shelving } = await vi.waitFor(() => {
        const found = stage.set.alarms.find(({ text }) => text === "Torque high");
        expect(found?.state).toBe("shelved");
        return { shelving: found?.shelving };
      });
      expect(shelving).toMatchObject({ who: "operator", why: "Key seat at 9,800 ft", forMs: 900_000 });
      await page.locator(".alarmrow", { hasText: "Torque high" }).waitFor({ state: "detached" });
      await page.locator(".tabs").getByRole("button", { name: "Shelved 3" }).click();
      const row = page.locator(".shelvedrow", { hasText: "Torque high" });
      expect(await row.textContent()).toMatch(/operator, Key seat at 9,800 ft.*until \d\d:\d\d.*1[45] min/);
      expect(await row.locator(".mark").getAttribute("class")).toContain("off");
      expect(await findings(page)).toEqual([]);
      await row.getByRole("button", { name: /^Return/ }).click();
      await page.locator(".tabs").getByRole("button", { name: "Shelved 2" }).waitFor();
      expect(stage.set.alarms.find(({ text }) => text === "Torque high")).toMatchObject({
        state: "unacknowledged",
        unshelved: { why: "by hand", who: "operator" },
      });
      await page.context().close();
      dress();
      hmi.changed();
    }
  },
);

withBrowser(
  "shelved alarms are neither in the badge nor in the bar, and a flood is told with its time and count",
  async () => {
    dress();
    stage.set.alarms = stage.set.alarms.filter(({ state }) => state === "shelved");
    hmi.changed();
    const page = await open("1280×800");
    await page.locator(".alarmbar", { hasText: "No open alarms" }).waitFor();
    expect(await page.locator(".nav .badge").count()).toBe(0);
    await page
      .getByRole("navigation")
      .getByRole("button", { name: /^Alarms/ })
      .click();
    expect(await page.locator(".shelvedcard .shelvedrow").count()).toBe(2);
    expect(await page.locator(".load .flooded").textContent()).toMatch(/^flood \d\d:\d\d to \d\d:\d\d, 14$/);
    expect(await findings(page)).toEqual([]);
    await page.context().close();
    dress();
    hmi.changed();
  },
);

withBrowser(
  "a score's alarm is told by the value that does not fit and what is expected of it now, not by the score",
  async () => {
    dress();
    const evidence = [
      { name: "mud_pressure", label: "Standpipe pressure", share: 0.9, residual: -74, value: 3_098, unit: "psi" },
    ];
    const text = "Standpipe pressure 74 psi below expected";
    const one = { ...alarm("pump_efficiency", 2, "unacknowledged", text), evidence };
    stage.set.alarms = [{ ...one, condition: "score", value: 1.13, limit: 1, unit: "score" }];
    const fit = { tag: "mud_pressure", unit: "psi", value: 2_940, expected: 3_180 };
    stage.read(indexOf("pump_efficiency"), 0.9);
    stage.read(indexOf("mud_pressure"), 2_936);
    if (stage.set.score !== null)
      stage.set.score = { ...stage.set.score, evidence: [{ name: "SPP", share: 0.9, direction: "low", fit }] };
    hmi.changed();
    const wide = await open("1280×800");
    const bar = wide.locator(".alarmbar .text");
    expect(await bar.textContent()).toMatch(
      /^Standpipe pressure below expectednow 2,936 psi, expected 3,180 psi\. Raised/,
    );
    await wide
      .getByRole("navigation")
      .getByRole("button", { name: /^Alarms/ })
      .click();
    const row = await wide.locator(".alarmrow .much").first().textContent();
    expect(row).toBe("now 2,936 psiexpected 3,180 psi, raised at 3,098 psi");
    expect(await wide.locator(".detail dl").last().textContent()).toContain("at 3,098 psi, expected 3,172 psi");
    await wide.context().close();
    const phone = await open("390×844");
    expect(await phone.locator(".alarmbar .text > span").innerText()).toMatch(/^now 2,936 psi, 2 min/);
    await phone.context().close();
    dress();
    hmi.changed();
  },
);

withBrowser(
  "in a flood the bar says so, and the list puts what belongs together behind what was first out",
  async () => {
    dress();
    const names = [
      "mud_flow",
      "flow_out",
      "pump1_spm",
      "pump2_spm",
      "pump3_spm",
      "wob",
      "rpm",
      "rop",
      "torque",
      "gas",
      "vibration",
    ];
    const at = Date.now() - 200_000;
    stage.set.alarms = names.map((name, i) => {
      const one = alarm(name, 2 + (i % 3), "unacknowledged", `${name} out of its limits`);
      return { ...one, raisedAt: at + i * 4_000, changedAt: at + i * 4_000 };
    });
    hmi.changed();
    for (const size of Object.keys(sizes) as Size[]) {
      const page = await open(size);
      if (size !== "390×844") await page.locator(".alarmbar", { hasText: "Flood, 11 in 10 min" }).waitFor();
      expect(await findings(page)).toEqual([]);
      await page
        .getByRole("navigation")
        .getByRole("button", { name: /^Alarms/ })
        .click();
      expect(await page.locator(".alarmrow .what b").first().textContent()).toBe("mud_flow out of its limits");
      expect(await page.locator(".alarmrow .what small").allTextContents()).toEqual(
        expect.arrayContaining(["Unacknowledged, first out", "Unacknowledged, second"]),
      );
      expect(await findings(page)).toEqual([]);
      await page.context().close();
    }
    dress();
    hmi.changed();
  },
);

withBrowser("a configuration that does not parse is shown with path, line and nearest word at every size", async () => {
  for (const kept of [broken().kept, null]) {
    stage.set.fault = { ...broken(), kept };
    hmi.changed();
    for (const size of Object.keys(sizes) as Size[]) {
      for (const theme of kept === null ? ["light"] : ["light", "dark"]) {
        const page = await open(size, { theme });
        await page.getByText("Did you mean").waitFor();
        expect(await page.getByText("demo-rig.json, line 4").count()).toBeGreaterThan(0);
        expect(linesOf(await screenFindings(page))).toEqual([]);
        await page.context().close();
      }
    }
  }
  stage.set.fault = null;
  hmi.changed();
});

async function signIn(page: Page) {
  await page.getByLabel("Password").fill("drill");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
}

withBrowser("going back needs a sign-in and a hand that stays: let go early, nothing happens", async () => {
  stage.set.fault = broken();
  hmi.changed();
  const page = await open("1280×800");
  const back = page.getByRole("button", { name: /^Hold 2 s: go back to the configuration that ran until/ });
  await back.click();
  await signIn(page);
  stage.set.records.length = 0;
  await back.hover();
  await page.mouse.down();
  await page.locator(".hold .held").waitFor();
  await page.mouse.up();
  await page.locator(".hold .rest").waitFor();
  expect(stage.set.records).toEqual([]);
  await back.focus();
  await page.keyboard.down("Enter");
  await page.locator(".overview").waitFor({ timeout: 20_000 });
  await page.keyboard.up("Enter");
  expect(stage.set.records).toEqual(["operator went back"]);
  await page.context().close();
});

const beside = (state: "differs" | "broken", earlier: boolean): HmiConfiguration => ({
  file: "/var/lib/idrill/demo-rig.json",
  checkedAt: Date.now(),
  savedAt: Date.now() - 600_000,
  state,
  errors: state === "broken" ? broken().errors : [],
  earlier: earlier ? { from: started - 9e8, until: started, since: started, by: "operator" } : null,
  kept: earlier ? null : (broken().kept ?? null),
});

withBrowser(
  "every page says when the file is not what runs, at every size, and leads to what can be done about it",
  async () => {
    for (const [state, earlier, words] of [
      ["broken", true, "Earlier one runs, file has 3 errors"],
      ["differs", true, "Earlier one runs, file is in order"],
      ["differs", false, "File is not what runs"],
    ] as const) {
      stage.set.configuration = beside(state, earlier);
      hmi.changed();
      for (const size of Object.keys(sizes) as Size[]) {
        const page = await open(size);
        for (const name of [/^Drilling/, /^Alarms/, /^Link/]) {
          await page.getByRole("navigation").getByRole("button", { name }).click();
          await page.getByRole("button", { name: words }).waitFor();
          if (name.test("Drilling")) expect(linesOf(await screenFindings(page))).toEqual([]);
        }
        await page.getByRole("button", { name: words }).click();
        await page.locator(".configuration").waitFor();
        expect(linesOf(await screenFindings(page))).toEqual([]);
        await page.context().close();
      }
    }
    const page = await open("1280×800");
    await page.getByRole("button", { name: "File is not what runs" }).click();
    await page.getByRole("button", { name: /restart with demo-rig.json/ }).click();
    await signIn(page);
    await page.getByRole("button", { name: /restart with demo-rig.json/ }).focus();
    await page.keyboard.down("Space");
    await page.getByText("demo-rig.json is what runs").waitFor({ timeout: 20_000 });
    await page.keyboard.up("Space");
    expect(stage.set.records).toContain("operator took the file");
    stage.set.configuration = null;
    hmi.changed();
    await page.context().close();
  },
);

withBrowser(
  "when the server is gone the page says so, every value is stale, and it is live again when the server is back",
  async () => {
    const page = await open("1280×800");
    const { port } = hmi;
    await hmi.close();
    await page.getByText("This screen lost the rig box").waitFor({ timeout: 10_000 });
    await page.locator(".valuerow .letter", { hasText: "S" }).nth(9).waitFor(); // painted with the next beat of the ages
    expect(await page.getByRole("button", { name: "Acknowledge", exact: true }).count()).toBe(0);
    expect(linesOf(await screenFindings(page))).toEqual([]);
    hmi = await startHmi({
      daemon: stage.daemon,
      people: await openPeople(folder, "drill", () => {}, quiet),
      log: openLog("edge", "silent"),
      port,
      web,
    });
    await page.locator(".alarmbar").waitFor({ timeout: 15_000 });
    await page.context().close();
  },
);

withBrowser("until the rig box has told something the page claims nothing: no count, no clock, no age", async () => {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 800 } });
  const page = await context.newPage();
  let refuse = false;
  await page.route("**/api/v1/hmi/events*", async (route) => {
    if (refuse) await route.abort();
  });
  await page.goto(`http://127.0.0.1:${hmi.port}/`);
  await page.getByText("Reading the rig box").waitFor();
  expect(await page.locator(".alarmbar").innerText()).toContain("not known yet");
  expect(await page.locator(".counts li b").allTextContents()).toEqual(["–", "–", "–", "–"]);
  expect(await page.locator(".clock time").textContent()).toBe("–");
  refuse = true;
  await page.getByText("This screen has not reached the rig box yet").waitFor({ timeout: 15_000 });
  expect(await page.locator("body").innerText()).not.toMatch(/old\.|1 Jan|No open alarms/);
  expect(linesOf(await screenFindings(page))).toEqual([]);
  await context.close();
});

withBrowser("an alarm that has returned says so in the bar, with a dashed mark and the good value of now", async () => {
  dress();
  const one = alarm("torque", 4, "returned", "Torque stands still");
  stage.set.alarms = [{ ...one, condition: "quality", trouble: "stands still", value: null, limit: null }];
  stage.read(indexOf("torque"), 11_800);
  hmi.changed();
  const page = await open("1280×800");
  const bar = page.locator(".alarmbar");
  expect(await bar.locator(".text").innerText()).toMatch(
    /Returned \d\d:\d\d:\d\d, now 11\.8 kft·lbf, good now\. Raised/,
  );
  expect(await bar.locator(".prio .mark").getAttribute("class")).toContain("returned");
  expect(await findings(page)).toEqual([]);
  await page.context().close();
  dress();
  hmi.changed();
});

withBrowser(
  "a row that was acknowledged stays where it is, without an act, until the finger has been away",
  async () => {
    dress();
    hmi.changed();
    const page = await open("1280×800");
    await page
      .getByRole("navigation")
      .getByRole("button", { name: /^Alarms/ })
      .click();
    const rows = page.locator(".alarmrow .what b");
    const first = page.locator(".alarmrow").first();
    await first.getByRole("button", { name: /^Ack/ }).click();
    await signIn(page);
    await first.getByText("Acked").waitFor();
    expect(await rows.first().textContent()).toBe("Casing pressure high");
    expect(await first.locator(".act button").isDisabled()).toBe(true);
    await vi.waitFor(async () => expect(await rows.first().textContent()).toContain("Standpipe pressure"), 10_000);
    await page.context().close();
    dress();
    hmi.changed();
  },
);

withBrowser(
  "while nothing is read, what was open or shelved before is listed as not judged, without an act",
  async () => {
    dress();
    stage.set.changes = [
      alarm("torque", 3, "acknowledged", "Torque high"),
      shelvedOne("gas", 4, "Gas high", "Known and watched"),
      { ...alarm("wob", 3, "unacknowledged", "WOB high"), state: "normal" },
    ];
    stage.set.alarms = [{ ...alarm("rpm", 1, "unacknowledged", "No values are read"), condition: "configuration" }];
    stage.set.fault = broken();
    hmi.changed();
    for (const size of ["1280×800", "390×844"] as const) {
      const page = await open(size);
      await page
        .getByRole("navigation")
        .getByRole("button", { name: /^Alarms/ })
        .click();
      await page.locator(".tabs").getByRole("button", { name: "Open 2" }).waitFor();
      await page.locator(".tabs").getByRole("button", { name: "Shelved 1" }).waitFor();
      const row = page.locator(".alarmrow", { hasText: "Torque high" });
      expect(await row.locator(".what small").textContent()).toContain("Not judged now");
      expect(await row.locator(".mark").getAttribute("class")).toContain("off");
      expect(await row.locator(".act button").count()).toBe(0);
      expect(linesOf(await screenFindings(page))).toEqual([]);
      await page.context().close();
    }
    stage.set.fault = null;
    dress();
    hmi.changed();
  },
);

withBrowser("a shelved alarm's grey mark stays at its value, and a state that nobody saw begin says over", async () => {
  dress();
  stage.set.alarms = [shelvedOne("torque", 3, "Torque high", "Known and watched")];
  stage.set.state = { state: "rotary drilling", since: null, uncertain: false };
  hmi.changed();
  const page = await open("1280×800");
  const row = page.locator(".valuerow", { hasText: "Torque" });
  expect(await row.locator(".mark").getAttribute("class")).toContain("off");
  expect(await page.locator(".cell.state").textContent()).toMatch(/Rotary drillingover \d\d:\d\d/);
  await page.context().close();
  dress();
  hmi.changed();
});
