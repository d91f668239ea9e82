import { addReadings, bucketsOf } from "../../cloud/archive/buckets.ts";
import type { Coverage, EventRow, History, RigFacts } from "../../cloud/archive/history.ts";
import type { AlarmState } from "../../shared/domain/alarm.ts";
import type { Id, RigId } from "../../shared/domain/id.ts";
import { Block } from "../../shared/domain/reading.ts";
import { representationOf, type TagVersion } from "../../shared/domain/tag.ts";

interface SmallRig {
  tags: TagVersion[];
  /** Of all tags, by time. */
  readings: Block;
  facts?: Partial<RigFacts>;
  events?: EventRow[];
  alarms?: AlarmState[];
  coverage?: Partial<Coverage>;
}

const nothing: SmallRig = { tags: [], readings: new Block() };

/** A history of a few readings in memory, for tests of the routes and sockets alone. */
export function smallHistory(rigs: Readonly<Record<RigId, SmallRig>>): History {
  const of = (rig: RigId): SmallRig => rigs[rig] ?? nothing;
  const factsOf = (rig: RigId): RigFacts => ({
    rig,
    running: null,
    record: null,
    landedAt: null,
    liveAt: null,
    ...of(rig).facts,
  });
  const sliceOf = (rig: RigId, id: Id, from: number, to: number) => {
    const { tags, readings } = of(rig);
    const no = tags.findIndex((tag) => tag.id === id);
    const block = new Block();
    for (let i = 0; i < readings.length; i++) {
      const at = readings.at[i] ?? 0;
      if (readings.tag[i] === no && at >= from && at < to) block.pushFrom(readings, i, tags[no]?.kind.type === "text");
    }
    return { version: tags[no], block };
  };
  return {
    rigs: async () => Object.keys(rigs).map(factsOf),
    rig: async (rig) => (rig in rigs ? factsOf(rig) : null),
    tags: async (rig) => of(rig).tags,
    dictionary: async () => null,
    async latest(rig) {
      return of(rig).tags.flatMap((version) => {
        const { block } = sliceOf(rig, version.id, 0, Number.POSITIVE_INFINITY);
        const reading = new Block(1);
        if (block.length > 0) reading.pushFrom(block, block.length - 1, version.kind.type === "text");
        return block.length === 0 ? [] : [{ version, epoch: "", seq: 1, reading }];
      });
    },
    async readings(rig, tags, from, to, { limit, cursor }) {
      const [first = 0, skip = 0] = cursor === undefined ? [] : placeOf(cursor);
      const series = [];
      let left = limit;
      for (const [t, id] of tags.entries()) {
        if (t < first) continue;
        const { version, block } = sliceOf(rig, id, from, to);
        const start = t === first ? skip : 0;
        const taken = new Block();
        for (let i = start; i < block.length && taken.length < left; i++)
          taken.pushFrom(block, i, version?.kind.type === "text");
        left -= taken.length;
        if (version !== undefined && taken.length > 0) series.push({ version, readings: taken });
        if (start + taken.length < block.length) return { series, next: `${t}-${start + taken.length}` };
      }
      return { series, next: null };
    },
    async buckets(rig, tags, from, to, step) {
      return tags.flatMap((id) => {
        const { version, block } = sliceOf(rig, id, from, to);
        if (version === undefined || block.length === 0) return [];
        const buckets = bucketsOf(from, step, Math.ceil((to - from) / step));
        addReadings(buckets, block, representationOf(version.kind));
        return [{ version, converted: false, buckets }];
      });
    },
    coverage: async (rig) => ({ completeTo: null, spans: [], undated: [], streams: [], held: [], ...of(rig).coverage }),
    async events(rig, { type, limit, before }) {
      if (before !== undefined) placeOf(before);
      const rows = (of(rig).events ?? []).filter(({ event }) => type === undefined || event.type === type);
      return { rows: rows.slice(0, limit), next: null };
    },
    alarms: async (rig) => (of(rig).alarms ?? []).map((state) => ({ state, epoch: "" })),
    counters: async () => ({ landed: 1 }),
    facts: async () => ({ incarnation: "", waiting: 0, damaged: 0, bytes: 0 }),
    close: () => {},
  };
}

function placeOf(cursor: string): number[] {
  const place = /^(\d+)-(\d+)$/.exec(cursor);
  if (place === null) throw new RangeError("not a cursor of an earlier page");
  return place.slice(1).map(Number);
}
