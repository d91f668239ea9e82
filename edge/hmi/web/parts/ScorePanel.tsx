import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import type { HmiScore } from "../../../../shared/domain/hmi.ts";
import { AlarmMark, markLookOf, priorityWords } from "../../../../shared/ui/AlarmMark.tsx";
import { numberText, plainReason } from "../../../../shared/ui/format.ts";
import { QualityLetter } from "../../../../shared/ui/QualityLetter.tsx";
import { ShareBar } from "../../../../shared/ui/ShareBar.tsx";
import { Sparkline } from "../../../../shared/ui/Sparkline.tsx";
import type { Shown } from "../../../../shared/ui/shown.ts";

export interface ScorePanelProps {
  score: HmiScore | null;
  shown: Shown | null;
  limit: number | null;
  /** Since when it is over its limit: "13:55"; null while it is not. */
  over: string | null;
  /** The most urgent alarm on it, also one that is put aside; null if there is none. */
  alarm: AlarmState | null;
  /** By 10 s; null until it is read. */
  hour: readonly (number | null)[] | null;
}

/** The model's score with its limit, and what drives it. */
export function ScorePanel({ score, shown, limit, over, alarm, hour }: ScorePanelProps) {
  if (score === null || shown === null) {
    return (
      <section class="card score none" aria-label="Anomaly score">
        <h2>Anomaly score</h2>
        <p class="label">No model runs on this rig.</p>
      </section>
    );
  }
  const [first, ...rest] = splitOf(score);
  return (
    <section class="card score" aria-label="Anomaly score">
      <div class="left">
        <span class="line">
          <h2>Anomaly score</h2>
          {limit !== null && <span class="label">limit {numberText(limit, 2)}</span>}
        </span>
        <span class="figure">
          {alarm !== null && (
            <AlarmMark
              priority={alarm.priority}
              look={markLookOf(alarm.state)}
              size={22}
              label={`${priorityWords[alarm.priority]}, ${alarm.state}`}
            />
          )}
          <span class={`value is${shown.letter ?? ""}`}>{shown.text}</span>
          <QualityLetter letter={shown.letter} />
          <span class="label">
            {shown.letter !== null
              ? plainReason(shown.reason ?? shown.age)
              : over !== null
                ? `over since ${over}`
                : shown.age}
          </span>
        </span>
        <Sparkline
          values={hour ?? []}
          width={200}
          height={40}
          limit={limit}
          stale={shown.letter === "S"}
          label="Score of the last hour"
          empty={emptyText(hour, shown)}
        />
      </div>
      <div class="right">
        <span class="label">
          What drives it. {score.model}, {score.inputsGood} of {score.inputs} inputs good
        </span>
        <ul>
          {[first, ...rest].map(
            (part) =>
              part !== undefined && (
                <li key={part.name}>
                  <span class="what">{part.name}</span>
                  <span class="label">{part.direction ?? ""}</span>
                  <ShareBar share={part.share} />
                  <span class="percent">{numberText(part.share * 100, 0)} %</span>
                </li>
              ),
          )}
        </ul>
      </div>
    </section>
  );
}

/** The newest score is shown as it is made; the hour is of what is stored. */
function emptyText(hour: ScorePanelProps["hour"], { value }: Shown): string {
  if (hour === null) return "reading history";
  return value === null ? "no scores in the last hour" : "the first scores of this hour";
}

/** Not shown as 0 %. */
const isSome = ({ share }: { share: number }) => share >= 0.005;

/** The three that contribute most, the others together. */
function splitOf(score: HmiScore): HmiScore["evidence"] {
  const some = score.evidence.filter(isSome);
  const top = some.slice(0, 3);
  const others = some.slice(3);
  if (others.length === 0) return top;
  return [
    ...top,
    { name: `${others.length} others`, share: others.reduce((sum, { share }) => sum + share, 0), direction: null },
  ];
}
