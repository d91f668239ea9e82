import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { openSynchronisation, sources } from "./clock-sync.ts";

const [timedatectl, chrony, ntp] = sources;

test("chrony's own word counts: a leap status other than synchronised is none", () => {
  const row = (leap: string) =>
    `A29FC87B,time.example,3,1795514933.1,0.0,0.0,0.0,1.0,0.0,0.0,0.02,0.001,64.4,${leap}\n`;
  expect(chrony?.says(row("Normal"))).toBe(true);
  expect(chrony?.says(row("Insert second"))).toBe(true);
  expect(chrony?.says(row("Not synchronised"))).toBe(false);
  expect(chrony?.says("506 Cannot talk to daemon\n")).toBe(false);
});

test("chrony tells how far the clock may be off", () => {
  const row = "A29FC87B,time.example,3,1795514933.1,-0.002,0.0,0.0,1.0,0.0,0.0,0.02,0.001,64.4,Normal\n";
  expect(chrony?.uncertainty?.(row)).toBeCloseTo(13, 6);
  expect(chrony?.uncertainty?.("506 Cannot talk to daemon\n")).toBeNull();
});

test("ntpd's leap alarm, or nobody's stratum, is not synchronised", () => {
  expect(ntp?.says("leap=00, stratum=2\n")).toBe(true);
  expect(ntp?.says("leap=01, stratum=3\n")).toBe(true);
  expect(ntp?.says("leap=11, stratum=16\n")).toBe(false);
  expect(ntp?.says("leap=00, stratum=16\n")).toBe(false);
  expect(ntp?.says("ntpq: read: Connection refused\n")).toBe(false);
});

test("systemd passes on the kernel's flag", () => {
  expect(timedatectl?.says("yes\n")).toBe(true);
  expect(timedatectl?.says("no\n")).toBe(false);
});

test("without any time daemon nothing is said to be synchronised; one true word is enough; a program that fails says nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sync-"));
  const file = join(folder, "synchronized");
  const node = (code: string) => ({
    command: process.execPath,
    args: ["-e", code],
    says: (text: string) => text === "yes",
  });
  const missing = { command: join(folder, "no-such-program"), args: [], says: () => true };
  const word = async (...from: Parameters<typeof openSynchronisation>[0] & {}) => {
    const asked = openSynchronisation(from, file);
    await asked.asked;
    asked.stop();
    return asked.synchronised();
  };
  expect(await word(missing)).toBe(false);
  expect(await word(node("process.stdout.write('yes'); process.exit(1)"))).toBe(false);
  expect(await word(missing, node("process.stdout.write('no')"), node("process.stdout.write('yes')"))).toBe(true);
  writeFileSync(file, "");
  expect(await word(missing)).toBe(true);
  // What asks the kernel stands first: a flag that stays when a person sets the clock does not outweigh its no.
  expect(await word(node("process.stdout.write('no')"))).toBe(false);
  rmSync(folder, { recursive: true });
});

test("a program that was silent twice is still believed, as of when it spoke last; the third time it says nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sync-"));
  const word = join(folder, "word");
  writeFileSync(word, "yes");
  const daemon = { command: "cat", args: [word], says: (text: string) => text === "yes", uncertainty: () => 7 };
  /** What was known as each round ended, but for the round's own answers. */
  const known: { isTrue: boolean; saidAt: number; uncertainty: number | null }[] = [];
  const rounds = {
    command: "echo",
    args: [],
    says() {
      known.push({ isTrue: asked.synchronised(), saidAt: asked.saidAt(), uncertainty: asked.uncertainty() });
      if (known.length === 2) rmSync(word);
      if (known.length === 7) writeFileSync(word, "yes");
      return false;
    },
  };
  const asked = openSynchronisation([daemon, rounds], join(folder, "synchronized"), 10);
  await vi.waitFor(() => expect(known.length).toBeGreaterThan(8), 30_000);
  asked.stop();
  expect(known.slice(0, 9).map(({ isTrue }) => isTrue)).toEqual([
    ...[false, true, true],
    // Silent in rounds 3 to 7.
    ...[true, true, false, false, false],
    true,
  ]);
  expect(new Set(known.slice(2, 5).map(({ saidAt }) => saidAt)).size).toBe(1);
  expect(known.slice(2, 6).map(({ uncertainty }) => uncertainty)).toEqual([7, 7, 7, null]);
  expect(known[8]?.saidAt).toBeGreaterThan(known[5]?.saidAt ?? 0);
  rmSync(folder, { recursive: true });
}, 60_000);
