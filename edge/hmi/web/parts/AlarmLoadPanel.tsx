import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import { isOpen, loadOf } from "../../../../shared/ui/alarms.ts";
import { numberText } from "../../../../shared/ui/format.ts";

/** More than this in ten minutes is a flood. */
const FLOOD = 10;
const DAY_MS = 86_400_000;

export interface AlarmLoadProps {
  changes: readonly AlarmState[] | null;
  open: readonly AlarmState[];
  from: number;
  to: number;
  timeText: (at: number) => string;
  trouble: string | null;
}

/** How much the alarms ask of the operator, from the journal of the last eight hours. */
export function AlarmLoadPanel({ changes, open, from, to, timeText, trouble }: AlarmLoadProps) {
  if (changes === null) {
    return (
      <section class="card load" aria-label="Alarm load">
        <h2>Alarm load, last 8 h</h2>
        <p class="label">{trouble === null ? "reading the journal" : `not known: ${trouble}`}</p>
      </section>
    );
  }
  const load = loadOf(changes, from, to);
  const stale = open.filter((alarm) => isOpen(alarm) && to - alarm.raisedAt > DAY_MS).length;
  const most = Math.max(FLOOD + 2, load.peak);
  return (
    <section class="card load" aria-label="Alarm load">
      <span class="line">
        <h2>Alarm load, last 8 h</h2>
        <span class="label">per 10 min</span>
      </span>
      <svg
        class="bars"
        viewBox={`0 0 ${load.perTen.length * 8} 60`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Alarms per 10 min, at most ${load.peak} at ${timeText(load.peakAt)}`}
      >
        <path class="flood" d={`M0 ${60 - (FLOOD / most) * 58}H${load.perTen.length * 8}`} />
        {load.perTen.map((count, i) => (
          <rect
            key={i}
            class={count >= FLOOD ? "over" : ""}
            x={i * 8 + 1}
            width="6"
            y={60 - (count / most) * 58}
            height={(count / most) * 58}
          />
        ))}
      </svg>
      <ul class="figures">
        <Figure value={numberText(load.average, 1)} word="average" target="target 1" />
        <Figure value={String(load.peak)} word="peak" target={`flood ${FLOOD}`} />
        <Figure value={String(load.chattering)} word="chattering" target="target 0" />
        <Figure value={String(stale)} word="stale, 24 h" target="target 0" />
      </ul>
      <p class="label">
        {load.top === null ? (
          "No alarm was raised in the last 8 h."
        ) : (
          <>
            Top source: <b>{load.top.text}</b>, {load.top.count} of {load.raised}
          </>
        )}
      </p>
    </section>
  );
}

function Figure({ value, word, target }: { value: string; word: string; target: string }) {
  return (
    <li>
      <b>{value}</b>
      <span>{word}</span>
      <span class="label">{target}</span>
    </li>
  );
}
