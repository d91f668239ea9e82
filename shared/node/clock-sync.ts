import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { every, pause } from "./every.ts";

/** Whether a time server keeps the machine's clock true, as the machine's own time daemon says. */
export interface Synchronisation {
  /** False too where no daemon says anything. */
  synchronised(): boolean;
  /** When those were asked who said so last, ms of the boot's monotonic clock (`monotonicMs`); -Infinity while nobody did. */
  saidAt(): number;
  /** How far the clock may be off then, ms; null where nobody tells. */
  uncertainty(): number | null;
  /** Resolves with the first answer, after a second at most. */
  asked: Promise<void>;
  stop(): void;
}

interface Source {
  command: string;
  args: string[];
  /** Reads the command's answer. */
  says(output: string): boolean;
  /** How far the clock may be off, ms; null where the answer does not tell. */
  uncertainty?(output: string): number | null;
}

/** Written by systemd-timesyncd once the clock was set from a time server. It stays when somebody else sets the clock, so it counts only where the kernel's flag cannot be asked. */
const TIMESYNCD = "/run/systemd/timesync/synchronized";
const ASK_MS = 30_000;
const ANSWER_MS = 1_000;
/** A busy machine answers late: for so many silent rounds in a row the last word counts. */
const PATIENCE = 2;

/** The kernel's own flag through systemd, whoever sets it; then the daemons that can be asked themselves. */
export const sources: readonly Source[] = [
  {
    command: "timedatectl",
    args: ["show", "--property=NTPSynchronized", "--value"],
    says: (output) => output.trim() === "yes",
  },
  // The last of the comma-separated fields is the leap status.
  { command: "chronyc", args: ["-c", "tracking"], says: isChronyTrue, uncertainty: chronyUncertainty },
  // leap 3 is "alarm": never synchronised, or not any more; stratum 16 is nobody's.
  { command: "ntpq", args: ["-c", "rv 0 leap,stratum"], says: isNtpTrue },
];

function isChronyTrue(output: string): boolean {
  const leap = output.trim().split(",").at(-1) ?? "";
  return /^(normal|insert second|delete second)$/i.test(leap);
}

/** Chrony's own bound: the clock's offset, half the way to the reference and its dispersion (fields 5, 11 and 12, s). */
function chronyUncertainty(output: string): number | null {
  const fields = output.trim().split(",");
  const [offset, delay, dispersion] = [fields[4], fields[10], fields[11]].map((text) => Number(text ?? Number.NaN));
  const ms = 1_000 * (Math.abs(offset ?? Number.NaN) + (delay ?? Number.NaN) / 2 + (dispersion ?? Number.NaN));
  return Number.isFinite(ms) ? ms : null;
}

function isNtpTrue(output: string): boolean {
  const leap = /leap=(\d+)/.exec(output)?.[1];
  const stratum = Number(/stratum=(\d+)/.exec(output)?.[1] ?? 16);
  return leap !== undefined && ["0", "00", "1", "01", "2", "10"].includes(leap) && stratum < 16;
}

/** The boot's monotonic clock, whole ms: comparable over restarts of a program. */
export function monotonicMs(): number {
  return Math.round(Number(process.hrtime.bigint() / 1_000n) / 1_000);
}

/** What a program said last. */
interface Word {
  /** When it was asked, ms of the monotonic clock. */
  at: number;
  isTrue: boolean;
  uncertainty: number | null;
  /** Rounds since then in which it was silent. */
  silent: number;
}

/** What counts of a source after a round; null where it says nothing. */
function wordAfter(source: Source, answer: { text: string } | "silent", last: Word | null, at: number): Word | null {
  if (answer === "silent")
    return last === null || last.silent >= PATIENCE ? null : { ...last, silent: last.silent + 1 };
  const { text } = answer;
  return { at, isTrue: source.says(text), uncertainty: source.uncertainty?.(text) ?? null, silent: 0 };
}

/**
 * Asks at once, and again each `askMs`, half a minute by default. Programs that are not there are not asked again; of one that is silent for a round or two
 * the last word counts meanwhile, as of when it was said.
 */
export function openSynchronisation(
  from: readonly Source[] = sources,
  file = TIMESYNCD,
  askMs = ASK_MS,
): Synchronisation {
  const stopping = new AbortController();
  const there = new Map<Source, Word | null>(from.map((source) => [source, null]));
  const kernel = from[0];
  let isTrue = false;
  let saidAt = Number.NEGATIVE_INFINITY;
  let uncertainty: number | null = null;

  async function ask(): Promise<void> {
    const at = monotonicMs();
    const answers = await Promise.all(
      [...there].map(async ([source, last]) => ({ source, last, answer: await answerOf(source) })),
    );
    for (const { source, last, answer } of answers) {
      if (answer === "missing") there.delete(source);
      else there.set(source, wordAfter(source, answer, last, at));
    }
    const said = [...there.values()].flatMap((word) => (word?.isTrue === true ? [word] : []));
    const isFlagged = (kernel === undefined || !there.has(kernel)) && existsSync(file);
    isTrue = said.length > 0 || isFlagged;
    saidAt = Math.max(saidAt, ...(isFlagged ? [at] : []), ...said.map((word) => word.at));
    const bounds = said.flatMap((word) => word.uncertainty ?? []);
    uncertainty = bounds.length === 0 ? null : Math.min(...bounds);
  }

  async function watch(): Promise<void> {
    await asked;
    await pause(askMs, stopping.signal);
    for await (const _ of every(askMs, stopping.signal)) await ask();
  }
  const asked = ask();
  void watch();
  return {
    synchronised: () => isTrue,
    saidAt: () => saidAt,
    uncertainty: () => uncertainty,
    asked,
    stop: () => stopping.abort(),
  };
}

/** What a program printed; "missing" if there is none, "silent" if it failed or took too long. */
function answerOf({ command, args }: Source): Promise<{ text: string } | "missing" | "silent"> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: ANSWER_MS, windowsHide: true }, (error, text) => {
      if (error === null) resolve({ text });
      else resolve(error.code === "ENOENT" ? "missing" : "silent");
    });
  });
}
