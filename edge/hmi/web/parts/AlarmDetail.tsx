import type { AdviceByAlarm } from "../../../../shared/domain/advice.ts";
import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import type { HmiTag } from "../../../../shared/domain/hmi.ts";
import { AlarmMark, markLookOf, priorityWords } from "../../../../shared/ui/AlarmMark.tsx";
import { answerText, headText, type Present, stateText } from "../../../../shared/ui/alarm-words.ts";
import type { SourceOf } from "../../../../shared/ui/alarms.ts";
import { scrollable } from "../../../../shared/ui/scrollable.ts";
import type { System } from "../../../../shared/ui/units.ts";
import { factsOf, reportOf } from "../alarm-facts.ts";
import { AlarmTrend } from "./AlarmTrend.tsx";
import { ShelveTimes } from "./ShelveTimes.tsx";

export interface AlarmDetailProps {
  alarm: AlarmState | null;
  open: readonly AlarmState[];
  now: number;
  timeText: (at: number) => string;
  system: System;
  /** The value now. */
  value: Present | null;
  /** What the model expects of the input that leads a score's alarm; null for other alarms. */
  expected: number | null;
  tags: readonly HmiTag[];
  advice: AdviceByAlarm;
  trouble: string | null;
  /** Device that a tag is read from. */
  sourceOf: SourceOf;
  /** Why nothing can be done now; null when it can. */
  off: string | null;
  /** Asks for the reason, then shelves. */
  shelve: (alarm: AlarmState, forMs: number) => void;
  giveBack: (alarm: AlarmState) => void;
}

/** All that is known of one alarm: how long to answer, what is likely behind it and what to do, what came before and after, the value's trend; and shelving. */
export function AlarmDetail(props: AlarmDetailProps) {
  const { alarm, now, timeText, trouble } = props;
  if (alarm === null) {
    return (
      <section class="card detail none" aria-label="Chosen alarm">
        <p class="label">Choose an alarm to see what is known of it.</p>
      </section>
    );
  }
  const answer = alarm.state === "unacknowledged" ? answerText(alarm, now) : stateText(alarm, timeText);
  return (
    <section class="card detail" aria-label="Chosen alarm">
      <div class="title">
        <AlarmMark priority={alarm.priority} look={markLookOf(alarm.state)} size={30} />
        <div>
          <h2>{headText(alarm)}</h2>
          <span class="label">
            {priorityWords[alarm.priority]}, priority {alarm.priority}. {answer}
          </span>
        </div>
      </div>
      <section class="about" {...scrollable} aria-label="What is known of it">
        <Facts list={factsOf({ ...props, alarm })} />
        <AlarmTrend {...props} alarm={alarm} />
        <Facts list={reportOf({ ...props, alarm })} />
      </section>
      {trouble !== null && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <Shelving {...props} alarm={alarm} />
    </section>
  );
}

function Facts({ list }: { list: readonly (readonly [string, string])[] }) {
  return (
    <dl>
      {list.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Shelving({ alarm, off, shelve, giveBack }: AlarmDetailProps & { alarm: AlarmState }) {
  if (alarm.state === "suppressed" || alarm.state === "out of service") return null;
  if (alarm.shelving === undefined) {
    return <ShelveTimes priority={alarm.priority} chosen={null} off={off} choose={(forMs) => shelve(alarm, forMs)} />;
  }
  return (
    <button
      type="button"
      class="giveback"
      disabled={off !== null}
      title={off ?? undefined}
      onClick={() => giveBack(alarm)}
    >
      Return from the shelf now
    </button>
  );
}
