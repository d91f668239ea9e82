import { type Block, QUALITY_MASK } from "../shared/domain/reading.ts";

/** What was polled of a device since the start. */
export interface PollCounts {
  /** Rounds, and what they took together, s. */
  polls: number;
  pollSeconds: number;
  /** When a round last brought a good reading, ms UTC; null before the first. */
  lastGoodAt: number | null;
  good: number;
  uncertain: number;
  bad: number;
}

export interface Polls {
  /** A round of this device (by position) took so long and brought these readings, checked. */
  count(device: number, ms: number, readings: Block, at: number): void;
  /** One entry a device. */
  counts(): readonly Readonly<PollCounts>[];
}

export function openPolls(devices: number): Polls {
  const counts = Array.from({ length: devices }, (): PollCounts => {
    return { polls: 0, pollSeconds: 0, lastGoodAt: null, good: 0, uncertain: 0, bad: 0 };
  });
  return {
    count(device, ms, { status, length }, at) {
      const mine = counts[device];
      if (mine === undefined) return;
      const qualities = [0, 0, 0, 0];
      for (let i = 0; i < length; i++) {
        const quality = (status[i] ?? 0) & QUALITY_MASK;
        qualities[quality] = (qualities[quality] ?? 0) + 1;
      }
      const [good = 0, uncertain = 0, bad = 0] = qualities;
      mine.polls += 1;
      mine.pollSeconds += ms / 1_000;
      mine.good += good;
      mine.uncertain += uncertain;
      mine.bad += bad;
      if (good > 0) mine.lastGoodAt = at;
    },
    counts: () => counts,
  };
}
