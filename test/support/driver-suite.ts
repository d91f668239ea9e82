import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Driver, Probe } from "../../edge/drivers/driver.ts";
import { BAD, Block, NO_VALUE, QUALITY_MASK, reasonText } from "../../shared/domain/reading.ts";

/** A real device that a driver talks to. Serves `tags` values, all good, that a driver reads as the tags `firstTag`, `firstTag + 1`, … */
export interface Counterpart {
  tags: number;
  firstTag: number;
  driver: Driver;
  /** The device loses power: connections are cut, none is taken. */
  die(): Promise<void>;
  /** It is there again, under the same address. */
  revive(): Promise<void>;
  /** It takes what is asked and says nothing, so that a read hangs until its deadline, which no test waits for. */
  hush(): Promise<void> | void;
  stop(): Promise<void>;
}

/** One read's outcome by tag: the words of the reason, "none" where it is good. */
export async function readOnce(driver: Driver, signal = new AbortController().signal): Promise<Map<number, string>> {
  const block = new Block();
  await driver.read(block, signal);
  return new Map(
    Array.from({ length: block.length }, (_, i) => [
      block.tag[i] ?? -1,
      ((block.status[i] ?? 0) & QUALITY_MASK) === 0 ? "none" : reasonText(block.reason[i] ?? 0),
    ]),
  );
}

/** What every driver promises, whatever it speaks. */
export function driverSuite(name: string, start: () => Promise<Counterpart>): void {
  describe(`${name}: what every driver promises`, () => {
    let device: Counterpart;
    const all = () => Array.from({ length: device.tags }, (_, i) => device.firstTag + i);
    const allGood = () =>
      vi.waitFor(async () => expect(new Set((await readOnce(device.driver)).values())).toEqual(new Set(["none"])), {
        timeout: 15_000,
        interval: 50,
      });

    beforeEach(async () => {
      device = await start();
    });
    afterEach(async () => {
      await device.driver.close();
      await device.stop();
    });

    test("a read brings at least one reading of every tag", async () => {
      await allGood();
      expect([...(await readOnce(device.driver)).keys()].toSorted((a, b) => a - b)).toEqual(all());
      expect(device.driver.state().connected).toBe(true);
    });

    test("a dead device gives bad readings without a value, and is read again when it is back", async () => {
      await allGood();
      await device.die();
      await vi.waitFor(
        async () => {
          const block = new Block();
          await device.driver.read(block, new AbortController().signal);
          const tags = new Set(block.tag.slice(0, block.length));
          expect(tags.size).toBe(device.tags);
          for (let i = 0; i < block.length; i++) expect(block.status[i]).toBe(BAD | NO_VALUE);
        },
        { timeout: 15_000, interval: 50 },
      );
      expect(device.driver.state().connected).toBe(false);
      await device.revive();
      await allGood();
    });

    test("an abort ends a read at once", async () => {
      await allGood();
      await device.hush();
      const stop = new AbortController();
      const reading = readOnce(device.driver, stop.signal);
      setTimeout(() => stop.abort(), 30);
      await reading;
    });

    test("closing twice is closing once, and a closed driver still answers with bad readings", async () => {
      await allGood();
      await device.driver.close();
      await device.driver.close();
      expect([...new Set((await readOnce(device.driver)).values())]).not.toContain("none");
    });

    test("a probe names each address and what answered", async () => {
      await allGood();
      const probes: Probe[] = [];
      for await (const probe of device.driver.probe(new AbortController().signal)) probes.push(probe);
      expect(probes).toHaveLength(device.tags);
      for (const probe of probes) expect([probe.tag, probe.ok, probe.raw !== null]).toEqual([probe.tag, true, true]);
    });
  });
}
