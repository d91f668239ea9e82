import { type Block, isStatus, NO_VALUE, type Representation } from "../domain/reading.ts";
import { type Reader, utf8, type Writer } from "./bytes.ts";
import { maxReadings, maxTextBytes } from "./limits.ts";

/** The readings of one frame in the order in which they came: columns as runs, then the values one by one. */

const forms = { number: 0, word: 1, bits: 2, text: 3 } as const;
const formOf: Record<Representation, number> = {
  scaled: forms.number,
  flag: forms.number,
  real: forms.word,
  long: forms.bits,
  double: forms.bits,
  text: forms.text,
};

/** Throws RangeError for a tag that `representations` does not have, and for a text that is too long. */
export function writeReadings(to: Writer, readings: Block, representations: readonly Representation[]): void {
  const n = readings.length;
  const { tag, status, reason } = readings;
  const forms = new Uint8Array(n);
  for (let i = 0; i < n; i++) forms[i] = formAt(readings, i, representations);
  to.varint(n);
  // A run of tags counts up by one; the other runs repeat.
  for (let i = 0, expected = 0; i < n; ) {
    const first = tag[i] ?? 0;
    let next = i + 1;
    while (next < n && tag[next] === first + next - i) next++;
    to.zigzag(first - expected);
    to.varint(next - i);
    expected = first + next - i;
    i = next;
  }
  writeTimes(to, readings.at, n);
  for (const column of [status, reason, forms]) {
    for (let i = 0; i < n; ) {
      const value = column[i] ?? 0;
      let next = i + 1;
      while (next < n && column[next] === value) next++;
      to.varint(value);
      to.varint(next - i);
      i = next;
    }
  }
  for (let i = 0; i < n; i++) if (((status[i] ?? 0) & NO_VALUE) === 0) writeValue(to, readings, i, forms[i] ?? 0);
}

function formAt(readings: Block, i: number, representations: readonly Representation[]): number {
  const as = representations[readings.tag[i] ?? 0];
  if (as === undefined)
    throw new RangeError(`tag ${readings.tag[i]} is not in a dictionary of ${representations.length}`);
  const form = formOf[as];
  if (form === forms.number) {
    const value = readings.value[i] ?? 0;
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? form : forms.bits;
  }
  return form === forms.word && readings.words[2 * i + 1] !== 0 ? forms.bits : form;
}

function writeTimes(to: Writer, at: Float64Array, n: number): void {
  let whole = 1;
  for (let i = 0; i < n; i++) {
    const time = at[i] ?? 0;
    if (!(Math.abs(time) < 2 ** 52 && Math.floor(time) === time) || Object.is(time, -0)) whole = 0;
  }
  to.u8(whole);
  let before = 0;
  for (let i = 0; i < n; ) {
    const time = at[i] ?? 0;
    if (whole === 0) {
      to.f64(time);
      i++;
      continue;
    }
    let next = i + 1;
    while (next < n && at[next] === time) next++;
    to.zigzag(time - before);
    to.varint(next - i);
    before = time;
    i = next;
  }
}

function writeValue(to: Writer, readings: Block, i: number, form: number): void {
  switch (form) {
    case forms.number:
      to.zigzag(readings.value[i] ?? 0);
      return;
    case forms.word:
      to.u32(readings.words[2 * i] ?? 0);
      return;
    case forms.bits:
      to.u32(readings.words[2 * i] ?? 0);
      to.u32(readings.words[2 * i + 1] ?? 0);
      return;
    default: {
      const bytes = utf8(readings.texts[readings.value[i] ?? 0] ?? "");
      if (bytes.length > maxTextBytes) throw new RangeError(`a text of ${bytes.length} bytes, at most ${maxTextBytes}`);
      to.blob(bytes);
      return;
    }
  }
}

/** Clears `into` and fills it. */
export function readReadings(from: Reader, into: Block): void {
  into.clear();
  const n = from.varint("readings", maxReadings);
  into.reserve(n);
  into.length = n;
  for (let i = 0, expected = 0; i < n; ) {
    const first = expected + from.zigzag("tag");
    const run = runOf(from, "tags", n - i);
    if (first < 0 || first + run > 2 ** 32) throw from.fail("tag", `is ${first}`);
    for (let k = 0; k < run; k++) into.tag[i + k] = first + k;
    expected = first + run;
    i += run;
  }
  readTimes(from, into.at, n);
  const formColumn = new Uint8Array(n);
  readRuns(from, "status", into.status, n, 255, isStatus);
  readRuns(from, "reason", into.reason, n, 0xffffffff);
  readRuns(from, "form", formColumn, n, forms.text);
  for (let i = 0; i < n; i++) {
    into.value[i] = 0;
    if (((into.status[i] ?? 0) & NO_VALUE) === 0) readValue(from, into, i, formColumn[i] ?? 0);
  }
}

function runOf(from: Reader, what: string, left: number): number {
  const run = from.varint(`run of ${what}`, left);
  if (run === 0) throw from.fail(`run of ${what}`, "is empty");
  return run;
}

function readRuns(
  from: Reader,
  what: string,
  into: Uint8Array | Uint32Array,
  n: number,
  max: number,
  isOne: (value: number) => boolean = () => true,
): void {
  for (let i = 0; i < n; ) {
    const value = from.varint(what, max);
    if (!isOne(value)) throw from.fail(what, `is ${value}`);
    const run = runOf(from, what, n - i);
    into.fill(value, i, i + run);
    i += run;
  }
}

function readTimes(from: Reader, into: Float64Array, n: number): void {
  const form = from.u8("form of times");
  if (form > 1) throw from.fail("form of times", `is ${form}`);
  const whole = form === 1;
  for (let i = 0, time = 0; i < n; ) {
    if (!whole) {
      into[i++] = from.f64("time");
      continue;
    }
    time += from.zigzag("time");
    const run = runOf(from, "times", n - i);
    into.fill(time, i, i + run);
    i += run;
  }
}

function readValue(from: Reader, into: Block, i: number, form: number): void {
  switch (form) {
    case forms.number:
      into.value[i] = from.zigzag("value");
      return;
    case forms.word:
      into.words[2 * i] = from.u32("value");
      return;
    case forms.bits:
      into.words[2 * i] = from.u32("value, low");
      into.words[2 * i + 1] = from.u32("value, high");
      return;
    default:
      into.value[i] = into.texts.length;
      into.texts.push(from.text("text", maxTextBytes));
  }
}
