import { BAD, GOOD, type Reason } from "../../shared/domain/reading.ts";
import { engineering, type TagVersion } from "../../shared/domain/tag.ts";
import type { Told } from "./ledger.ts";

/** A stored reading, as far as a cell of a row can be held against it. */
export interface StoredCell {
  /** GOOD, UNCERTAIN or BAD. */
  quality: number;
  reason: Reason;
  /** As read, before scale and offset; NaN where there is no value. */
  raw: number;
  /** It came by a subscription: its server can say that there is no value. */
  subscribed: boolean;
}

/** What can be doubted in a number that is one. */
const doubts: readonly Reason[] = ["zero drift", "step too large", "flat line", "clock not plausible"];
/** Share of the sane range below zero that passes for a drifted zero. */
const DRIFT = 0.02;

/** What is wrong with a stored reading of a cell; null where value, quality and reason are what they must be. */
export function wrongWith(told: Told, stored: StoredCell, { kind, limits }: TagVersion): string | null {
  if (kind.type === "flag" || kind.type === "text") return `a ${kind.type} tag shows a cell of numbers`;
  const want = wanted(told, kind);
  const { quality, reason, raw } = stored;
  // A server may give no value at all beside its word that there is none.
  if (!Object.is(raw, want.raw) && !(raw === 0 && want.raw === 0)) return `reads ${raw}, was ${want.raw}`;
  if (want.reason !== null) {
    const reasons: Reason[] = stored.subscribed && want.silent ? ["device status"] : [want.reason];
    return quality === BAD && reasons.includes(reason) ? null : `is ${nameOf(quality)} by "${reason}"`;
  }
  const value = engineering(kind, raw);
  const [least, most] = limits.sane ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const hopeless = value > most || value < (least === 0 ? -DRIFT * most : least);
  if (hopeless)
    return quality === BAD && reason === "outside its range" ? null : `is ${nameOf(quality)} and out of range`;
  if (quality === GOOD && value >= least) return null;
  return quality !== BAD && doubts.includes(reason) ? null : `is ${nameOf(quality)} by "${reason}"`;
}

/** What a register or node holds of a number; null where it cannot hold it, or is of another kind. */
export function rawOf(told: number, { kind }: TagVersion): number | null {
  if (kind.type === "flag" || kind.type === "text") return null;
  const { raw, reason } = wanted(told, kind);
  return reason === null ? raw : null;
}

interface Wanted {
  raw: number;
  /** Why it must be bad; null for a number, which the edge judges. */
  reason: Reason | null;
  /** A server with status codes says so itself. */
  silent: boolean;
}

function wanted(told: Told, kind: Extract<TagVersion["kind"], { scale: number }>): Wanted {
  const silent = told === "empty" || told === "text";
  if (kind.type === "scaled") {
    const number = typeof told === "number" ? (told - kind.offset) / kind.scale : numberOf(told);
    const raw = fitting(number, kind.bits, kind.signed, typeof told === "object");
    const none = typeof told !== "number" || Math.round(number) !== raw;
    return { raw, reason: none ? "null sentinel" : null, silent };
  }
  const as = kind.type === "real" ? Math.fround : (value: number) => value;
  if (typeof told === "number") return { raw: as((told - kind.offset) / kind.scale), reason: null, silent };
  const raw = as(numberOf(told));
  if (typeof told === "object") return { raw, reason: "null sentinel", silent };
  return { raw, reason: Number.isNaN(raw) ? "not a number" : "infinite", silent };
}

function numberOf(told: Exclude<Told, number>): number {
  if (typeof told === "object") return told.sentinel;
  if (told === "infinite") return Number.POSITIVE_INFINITY;
  return told === "-infinite" ? Number.NEGATIVE_INFINITY : Number.NaN;
}

/** The nearest whole number that so many bits hold; for any other the one that stands for none. A sentinel with a fraction is none either. */
function fitting(value: number, bits: number, signed: boolean, exact: boolean): number {
  const least = signed ? -(2 ** (bits - 1)) : 0;
  const most = 2 ** (signed ? bits - 1 : bits) - 1;
  const nearest = Math.round(value);
  const fits = nearest >= least && nearest <= most && (!exact || nearest === value);
  return fits ? nearest : signed ? least : most;
}

function nameOf(quality: number): string {
  return quality === GOOD ? "good" : quality === BAD ? "bad" : "uncertain";
}
