import type { AlarmState } from "../../../shared/domain/alarm.ts";
import type { HmiTag } from "../../../shared/domain/hmi.ts";
import { expectedText, type Present, quantity, unitWord } from "../../../shared/ui/alarm-words.ts";
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
  const { tag, shown } = shownAt(tags.value.findIndex(({ id }) => id === alarm.tag));
  if (tag === undefined || shown.value === null || shown.letter === "S") return null;
  const lead = alarm.condition === "score" ? alarm.evidence?.[0]?.name : undefined;
  const fit = lead === undefined ? undefined : score.value?.evidence.find(({ fit }) => fit?.tag === lead)?.fit;
  if (fit !== undefined) {
    const text = quantity(fit.value, fit.unit, system.value);
    return { text, against: expectedText(fit.expected, fit.unit, system.value) };
  }
  return { text: `${shown.text} ${unitWord(tag.unit, shown.unit)}`.trim(), against: null };
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
