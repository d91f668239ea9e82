import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { openDataFolder } from "../../shared/node/data-folder.ts";
import { openScene, type Part, type Scene } from "../support/parts.ts";
import { canMount, openSmallDisk, type SmallDisk } from "../support/small-disk.ts";

/** A rig box whose data lie on a file system that the kernel turned read-only: the edge as a process, with real devices. */
const mounts = canMount();
if (!mounts) console.warn("skipped: a rig on a read-only disk (mounting takes root)");

test.skipIf(!mounts)(
  "a folder on a read-only disk is locked once the disk takes writes, unless another process was first",
  async () => {
    const disk = openSmallDisk(4);
    openDataFolder(disk.path, "edge").close();
    disk.readOnly(true);
    const [mine, other] = [openDataFolder(disk.path, "edge"), openDataFolder(disk.path, "edge")];
    try {
      expect(mine.unlocked()).toEqual({
        problem: expect.stringMatching(/takes no writes: .*read-?only/i),
        taken: false,
      });
      disk.readOnly(false);
      await vi.waitFor(() => expect(mine.unlocked()).toBeNull(), 20_000);
      await vi.waitFor(
        () => expect(other.unlocked()).toEqual({ problem: expect.stringMatching(/in use by another/), taken: true }),
        20_000,
      );
      mine.close();
      await vi.waitFor(() => expect(other.unlocked()).toBeNull(), 20_000);
    } finally {
      mine.close();
      other.close();
      disk.close();
    }
  },
);

let scene: Scene;
let disk: SmallDisk;
beforeEach(async () => {
  if (!mounts) return;
  scene = await openScene();
  disk = openSmallDisk(60);
  await scene.startRig();
});
afterEach(async () => {
  if (mounts) await scene.close(() => disk.close());
});

const startEdge = () =>
  scene.startEdge({
    env: { IDRILL_DATA: disk.path },
    edit: (text) => JSON.stringify({ ...JSON.parse(text), cloud: undefined }),
  });

const Health = z.object({
  values: z.object({ good: z.number(), all: z.number() }),
  devices: z.array(z.object({ name: z.string(), driver: z.string(), connected: z.boolean() })),
  storage: z.object({ failed: z.string().nullable() }).nullable(),
});
const Snapshot = z.object({
  tags: z.array(z.object({ id: z.string(), name: z.string() })),
  alarms: z.array(z.object({ alarm: z.string(), text: z.string() })),
});
const History = z.object({ tracks: z.array(z.unknown()) });

async function get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${scene.ports.hmi}${path}`);
  return schema.parse(await response.json());
}

/** Devices give values, those of OPC UA too unless their first key could not be made; and the journal stores, or not. */
async function reads(stores: boolean, opcua = true): Promise<void> {
  await vi.waitFor(async () => {
    const { values, devices, storage } = await get("/health", Health);
    const lost = devices.filter(({ connected, driver }) => !connected && (opcua || driver !== "opcua"));
    const is = { good: values.good > values.all / 2, lost, devices: devices.length, stores: storage?.failed ?? "yes" };
    const wanted = { good: true, lost: [], devices: 4, stores: stores ? "yes" : expect.stringMatching(/read-?only/i) };
    expect(is, scene.logOf("edge")).toEqual(wanted);
  }, 60_000);
}

const journal = () => join(disk.path, "edge", "journal.db");
function framesBetween(from: number, to: number): number {
  const db = new Database(journal(), { readonly: true });
  const count = "select count(*) from frame where at between ? and ? and (key / 4294967296) % 2 = 0";
  const frames = Number(db.prepare(count).pluck().get(from, to));
  db.close();
  return frames;
}

function longestFrame(): number {
  const db = new Database(journal(), { readonly: true });
  const readings = Number(db.prepare("select max(count) from frame where (key / 4294967296) % 2 = 0").pluck().get());
  db.close();
  return readings;
}

const seconds = (n: number) => new Promise((done) => setTimeout(done, n * 1_000));

test.skipIf(!mounts).each(["SIGTERM", "SIGKILL"] as const)(
  "an edge that ended by %s starts on a read-only disk: it reads, alarms, shows what it has, says why nothing is stored, and stores it once it can",
  async (signal) => {
    const first = await startEdge();
    await reads(true);
    await vi.waitFor(() => expect(framesBetween(0, Date.now())).toBeGreaterThan(2), 30_000);
    const before = Date.now();
    await first.end(signal);
    disk.readOnly(true);
    const second = await startEdge();
    await reads(false);
    const { tags } = await get("/api/v1/hmi/snapshot", Snapshot);
    const said = { alarm: "storage", text: expect.stringMatching(/cannot be stored.*read-?only/i) };
    await vi.waitFor(
      async () => expect((await get("/api/v1/hmi/snapshot", Snapshot)).alarms).toContainEqual(said),
      9_000,
    );
    const tag = tags[0]?.id ?? "";
    const { tracks } = await get(`/api/v1/hmi/history?tags=${tag}&from=${before - 60_000}&to=${before}`, History);
    expect(JSON.stringify(tracks).length).toBeGreaterThan(40);
    const from = Date.now();
    await seconds(5);
    const to = Date.now();
    disk.readOnly(false);
    await reads(true);
    await vi.waitFor(() => expect(framesBetween(from, to)).toBeGreaterThan(3), 60_000);
    await expectLocked(second);
  },
  240_000,
);

/** Now it has the lock: nobody else may start. */
async function expectLocked(edge: Part): Promise<void> {
  const { code, output } = await scene.run(["edge/main.ts", join(scene.data, "rig.json")], { IDRILL_DATA: disk.path });
  expect([code, output]).toEqual([78, expect.stringMatching(/in use by another process/)]);
  expect(await edge.end()).toBe(0);
}

test.skipIf(!mounts)(
  "a rig box whose disk was read-only from its first start reads all the same, and stores once it can",
  async () => {
    disk.readOnly(true);
    const edge = await startEdge();
    await reads(false, false);
    await seconds(5);
    disk.readOnly(false);
    await reads(true);
    // What the tags are stands in no journal yet: what was read until it does is one tick.
    await vi.waitFor(() => expect(longestFrame()).toBeGreaterThan(100), 60_000);
    await expectLocked(edge);
  },
  240_000,
);
