import type { Past } from "../../cloud/api/past.ts";
import type { Buckets } from "../../shared/domain/columns.ts";
import type { RigId } from "../../shared/domain/id.ts";
import { BAD, Block, QUALITY_MASK, rawNumber } from "../../shared/domain/reading.ts";
import { representationOf, type TagVersion } from "../../shared/domain/tag.ts";

interface SmallRig {
  tags: readonly TagVersion[];
  /** Of all tags, by time. */
  readings: Block;
  facts?: Partial<ReturnType<Past["about"]>>;
  events?: ReturnType<Past["events"]>["rows"];
  alarms?: ReturnType<Past["alarms"]>;
  spans?: ReturnType<Past["coverage"]>["spans"];
}

/** An archive of a few readings in memory, for tests of the routes alone. */
export function smallPast(rigs: Readonly<Record<RigId, SmallRig>>): Past {
  const of = (rig: RigId): SmallRig => rigs[rig] ?? { tags: [], readings: new Block() };
  const readings: Past["readings"] = (rig, tag, from, to, limit) => {
    const { tags, readings } = of(rig);
    const no = tags.findIndex(({ id }) => id === tag);
    const version = tags[no];
    const block = new Block();
    for (let i = 0; i < readings.length && block.length < limit; i++) {
      const at = readings.at[i] ?? 0;
      const isText = version?.kind.type === "text";
      if (readings.tag[i] === no && at >= from && at < to) block.pushFrom(readings, i, isText);
    }
    return version === undefined || block.length === 0 ? [] : [{ version, block }];
  };
  return {
    rigs: () => Object.keys(rigs),
    about: (rig) => ({ record: null, seenAt: null, completeTo: null, lagMs: null, ...of(rig).facts }),
    tags: (rig) => of(rig).tags,
    latest(rig) {
      const { tags, readings } = of(rig);
      const last = new Map(Array.from({ length: readings.length }, (_, i) => [readings.tag[i] ?? 0, i]));
      const block = new Block();
      for (const [tag, i] of last) block.pushFrom(readings, i, tags[tag]?.kind.type === "text");
      return { tags, block };
    },
    readings,
    buckets(rig, tag, start, step, length) {
      const buckets = emptyBuckets(start, step, length);
      for (const { block } of readings(rig, tag.id, start, start + step * length, 1e9)) fill(buckets, block, tag);
      return buckets;
    },
    coverage: (rig) => ({ completeTo: null, spans: of(rig).spans ?? [], held: [], undated: 0 }),
    events: (rig, { type, limit }) => ({
      rows: (of(rig).events ?? []).filter(({ event }) => type === undefined || event.type === type).slice(0, limit),
      next: null,
    }),
    alarms: (rig) => [...(of(rig).alarms ?? [])],
    counters: () => ({ landed: 1 }),
  };
}

function emptyBuckets(start: number, step: number, length: number): Buckets {
  const [counts, nothing] = [() => new Uint32Array(length), () => new Float64Array(length).fill(Number.NaN)];
  const sum = new Float64Array(length);
  const columns = {
    count: counts(),
    uncertain: counts(),
    bad: counts(),
    min: nothing(),
    max: nothing(),
    last: nothing(),
  };
  return { start, step, sum, ...columns };
}

function fill(buckets: Buckets, block: Block, tag: TagVersion): void {
  for (let i = 0; i < block.length; i++) {
    const b = Math.floor(((block.at[i] ?? 0) - buckets.start) / buckets.step);
    const add = (column: Uint32Array | Float64Array, by: number) => {
      column[b] = (column[b] ?? 0) + by;
    };
    const quality = (block.status[i] ?? BAD) & QUALITY_MASK;
    add(buckets.count, 1);
    if (quality === BAD) {
      add(buckets.bad, 1);
      continue;
    }
    if (quality === 1) add(buckets.uncertain, 1);
    const value = rawNumber(block, i, representationOf(tag.kind));
    add(buckets.sum, value);
    buckets.min[b] = Number.isNaN(buckets.min[b]) ? value : Math.min(buckets.min[b] ?? value, value);
    buckets.max[b] = Number.isNaN(buckets.max[b]) ? value : Math.max(buckets.max[b] ?? value, value);
    buckets.last[b] = value;
  }
}
