import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import { type AlarmLoad, FLOOD, loadOf } from "../../../../shared/ui/alarm-load.ts";
import { isOpen } from "../../../../shared/ui/alarms.ts";
import { numberText } from "../../../../shared/ui/format.ts";

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
  return (
    <section class="card load" aria-label="Alarm load">
      <span class="line">
        <h2>Alarm load, last 8 h</h2>
        <span class="label">per 10 min</span>
      </span>
      <Bars load={load} from={from} to={to} timeText={timeText} />
      <ul class="figures">
        <Figure value={numberText(load.average, 1)} word="average" target="target 1" />
        <Figure value={String(load.peak)} word="peak" target={`flood ${FLOOD}`} />
        <Figure value={String(load.chattering)} word="chattering" target="target 0" />
        <Figure value={String(stale)} word="stale, 24 h" target="target 0" />
      </ul>
      <p class="label source">
        {load.top === null ? (
          "No alarm was raised in the last 8 h."
        ) : (
          <>
            Top source: <b>{load.top.text}</b>, {load.top.count} of {load.raised} (
            {numberText((load.top.count / load.raised) * 100, 0)} %)
          </>
        )}
      </p>
    </section>
  );
}

type BarsProps = Pick<AlarmLoadProps, "from" | "to" | "timeText"> & { load: AlarmLoad };

/** Raises in each ten minutes against the flood's line; a flood says when it was and how many. */
function Bars({ load, from, to, timeText }: BarsProps) {
  const { perTen, peak, peakAt, flood } = load;
  const most = Math.max(FLOOD + 4, peak * 1.25);
  const height = (count: number) => (count / most) * 60;
  const middle = flood === null ? 0 : (flood.from + flood.to) / 2;
  const share = ((middle - from) / (to - from)) * 100;
  return (
    <div class="bars">
      <span class="label tick" style={{ bottom: `${(FLOOD / most) * 100}%` }}>
        {FLOOD}
      </span>
      <span class="label tick" style={{ bottom: 0 }}>
        0
      </span>
      <svg
        viewBox={`0 0 ${perTen.length * 8} 60`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Alarms per 10 min, at most ${peak} at ${timeText(peakAt)}`}
      >
        <path class="flood" d={`M0 ${60 - height(FLOOD)}H${perTen.length * 8}`} />
        {perTen.map((count, i) => (
          <rect
            key={i}
            class={count >= FLOOD ? "over" : ""}
            x={i * 8 + 1}
            width="6"
            y={60 - height(count)}
            height={height(count)}
          />
        ))}
      </svg>
      {flood !== null && (
        <span
          class="label flooded"
          style={share > 50 ? { right: `calc(${100 - share}% + 8px)` } : { left: `calc(24px + ${share}%)` }}
        >
          flood {timeText(flood.from)} to {timeText(flood.to)}, {flood.count}
        </span>
      )}
    </div>
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
