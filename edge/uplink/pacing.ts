import { openDying } from "../../shared/node/died.ts";
import { every } from "../../shared/node/every.ts";
import { lanes } from "../../shared/wire/names.ts";
import type { Pace } from "../../shared/wire/sender-io.ts";
import { type UpTopic, upTopic } from "../../shared/wire/topics.ts";
import type { Governor, Verdict } from "./governor.ts";
import type { Rates } from "./rates.ts";
import { PUBLISH_BYTES, type Uplink } from "./uplink.ts";
import { openWindow } from "./window.ts";

export interface PacingState {
  /** What is held back, and why. */
  verdict: Verdict;
  /** What may be under way. */
  pace: Partial<Pace>;
  /** The greatest rate that the link bore of late; null before anything was acknowledged on this connection. */
  bytesPerSecond: number | null;
}

/** What stands between the sender and the uplink: it measures what goes, counts what it costs, and tells the sender when its pace changes. */
export interface Pacing {
  publish: Uplink["publish"];
  /** A connection came about: what the one before bore says nothing of it. */
  connected(): void;
  state(): PacingState;
  stop(): Promise<void>;
  /** Rejects when it died of a bug. */
  died: Promise<never>;
}

export interface PacingParts {
  rig: string;
  uplink: Pick<Uplink, "publish" | "state">;
  rates: Pick<Rates, "add">;
  /** Null: all may go. */
  governor: Governor | null;
  tell(pace: Partial<Pace>): void;
  /** See `Sender.spentOnRequests`. */
  asked(): number;
}

const LOOK_MS = 1_000;
/** Numbers that change by less than this share are not worth telling. */
const WORTH = 0.1;
const all: Verdict = { backfillHeldBy: null, opensAt: null, previewsFor: null };

export function startPacing({ rig, uplink, rates, governor, tell, asked }: PacingParts): Pacing {
  const stopping = new AbortController();
  let window = openWindow();
  let counted = 0;
  let backfill = 0;
  let countedAsked = 0;
  let verdict = all;
  let told: Partial<Pace> = {};

  function total(): number {
    const { sentBytes, receivedBytes } = uplink.state();
    return sentBytes + receivedBytes;
  }

  function count(): void {
    const now = total();
    const askedNow = asked();
    governor?.add(now - counted, backfill, uplink.state().up, askedNow - countedAsked);
    counted = now;
    countedAsked = askedNow;
    backfill = 0;
  }

  function judge(): void {
    // The next batch may be ordered before this one is counted.
    verdict = governor?.judge(2 * window.pace().batchBytes) ?? all;
    tellNews();
  }

  function tellNews(): void {
    const policy = governor && { ...governor.pace(verdict), askedUntil: countedAsked + governor.askedLeft() };
    const pace = { ...window.pace(), ...policy };
    if (!differs(told, pace)) return;
    told = pace;
    tell(pace);
  }

  async function publish(topic: UpTopic, bytes: Uint8Array, way = 0): Promise<boolean> {
    const acknowledge = window.publish(bytes.length);
    const outcome = uplink.publish(topic, bytes, way);
    if (topic === "backfill" && uplink.state().up) {
      backfill += bytes.length + upTopic(rig, topic).length + PUBLISH_BYTES;
      count();
      judge();
    }
    const acknowledged = await outcome;
    if (!acknowledged) return false;
    acknowledge();
    const lane = lanes.find((each) => each === topic);
    if (lane !== undefined) rates.add(lane, bytes.length);
    tellNews();
    return true;
  }

  async function watch(): Promise<void> {
    for await (const _ of every(LOOK_MS, stopping.signal)) {
      count();
      judge();
    }
  }
  const { died, fail } = openDying();
  const watching = watch().catch(fail);

  return {
    publish,
    connected() {
      window = openWindow();
      tellNews();
    },
    state: () => ({ verdict, pace: told, bytesPerSecond: window.bytesPerSecond() }),
    async stop() {
      stopping.abort();
      await watching;
      count();
    },
    died,
  };
}

function differs(before: Partial<Pace>, after: Partial<Pace>): boolean {
  return Object.entries(after).some(([key, now]) => {
    const was = before[key as keyof Pace];
    // Counts since the start, of which a little room is worth as much however large they have become.
    if (typeof was !== "number" || typeof now !== "number" || key === "askedUntil") return was !== now;
    return Math.abs(now - was) > WORTH * was;
  });
}
