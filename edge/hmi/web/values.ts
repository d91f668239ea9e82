import type { AlarmState } from "../../../shared/domain/alarm.ts";
import type { HmiFit, HmiTag } from "../../../shared/domain/hmi.ts";
import { expectedText, fitOf, limitText, type Present, unitWord } from "../../../shared/ui/alarm-words.ts";
import { type Shown, shownOf, staleAfterMs } from "../../../shared/ui/shown.ts";
import { indexOf } from "./rows.ts";
import { system } from "./settings.ts";
import { live, now, readingOf, score, tags } from "./store.ts";

/** A sensor of the catalogue as this screen shows it now; reads signals, so only pages call it. */
export function shownSensor(sensor: string): { tag: HmiTag | undefined; shown: Shown } {
  return shownAt(indexOf(tags.value, sensor));
}

/** The tag at this place in the list of tags, as shown now. */
export function shownAt(index: number): { tag: HmiTag | undefined; shown: Shown } {
  const tag = tags.value[index];
  const reading = tag === undefined ? null : readingOf(index).value;
  const shown = shownOf(tag ?? null, reading, now.value.mono, system.value, live.silentFor.value !== null);
  return { tag, shown };
}

/** The value that an alarm is about as it is now, of a score that of the input that leads its alarm; null while nobody can tell. */
export function valueNow(alarm: AlarmState): Present | null {
  const lead = fitOf(alarm) === null ? undefined : alarm.evidence?.[0]?.name;
  const { tag, shown } = shownAt(
    tags.value.findIndex(({ id, name }) => (lead === undefined ? id === alarm.tag : name === lead)),
  );
  if (tag === undefined || shown.value === null || shown.letter === "S") return null;
  const text = `${shown.text} ${unitWord(tag.unit, shown.unit)}`.trim();
  if (alarm.condition === "quality") return { text, against: shown.letter === null ? "good now" : shown.reason };
  return { text, against: lead === undefined ? null : expectedNow(alarm, lead) };
}

/** What the model expects of this input at present; while it does not judge, what it expected at the raising. */
function expectedNow(alarm: AlarmState, lead: string): string {
  const fit = fitNow(alarm, lead);
  if (fit === undefined) return `${limitText(alarm, system.value)} then`;
  return expectedText(fit.expected, fit.unit, system.value);
}

/** The model's present fit of this input; undefined while it does not judge. */
function fitNow(alarm: AlarmState, lead: string): HmiFit | undefined {
  const { shown } = shownAt(tags.value.findIndex(({ id }) => id === alarm.tag));
  const judges = shown.value !== null && shown.letter !== "S";
  return judges ? score.value?.evidence.find(({ fit }) => fit?.tag === lead)?.fit : undefined;
}

/** What the model expects of the input that leads a score's alarm, in its tag's unit; of the raising while it does not judge, null for other alarms. */
export function expectedOf(alarm: AlarmState): number | null {
  const lead = alarm.evidence?.[0]?.name;
  const then = fitOf(alarm);
  if (then === null || lead === undefined) return null;
  return fitNow(alarm, lead)?.expected ?? then.expected;
}

/** The device that a tag (id) is read from. */
export function sourceOf(id: string): string | undefined {
  return tags.value.find((tag) => tag.id === id)?.source;
}

/** How many tags have a good and fresh value. */
export function goodValues(): { good: number; all: number } {
  let good = 0;
  for (const [index, tag] of tags.value.entries()) {
    const reading = readingOf(index).peek();
    if (reading?.quality === "good" && now.value.mono - reading.seen <= staleAfterMs(tag.intervalMs)) good += 1;
  }
  return { good, all: tags.value.length };
}
