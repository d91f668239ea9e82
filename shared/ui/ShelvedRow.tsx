import type { AlarmState } from "../domain/alarm.ts";
import { AlarmMark, priorityWords } from "./AlarmMark.tsx";
import { ActButton } from "./AlarmRow.tsx";
import { headText, restText, shelvedBy, stateText } from "./alarm-words.ts";
import { NOTHING } from "./format.ts";

export interface ShelvedRowProps {
  alarm: AlarmState;
  /** Wall time, ms. */
  now: number;
  /** 15:30 */
  minuteText: (at: number) => string;
  /** Returns it from the shelf; absent where nothing can be done. */
  giveBack?: { off: string | null; sending: boolean; act: () => void };
  /** Nothing judges it now. */
  notJudged?: boolean;
  choose?: { chosen: boolean; act: () => void };
}

/** An alarm that somebody put aside: grey, with until when, how long, who and why. */
export function ShelvedRow({ alarm, now, minuteText, giveBack, choose, notJudged = false }: ShelvedRowProps) {
  const { shelving } = alarm;
  const cells = (
    <>
      <AlarmMark
        priority={alarm.priority}
        look="off"
        size={24}
        label={`${priorityWords[alarm.priority]} priority, shelved`}
      />
      <span class="what">
        <b>{headText(alarm)}</b>
        <small>{notJudged ? "Shelved, not judged now" : stateText(alarm, minuteText)}</small>
      </span>
      <span class="who">{shelvedBy(alarm) ?? NOTHING}</span>
      <span class="until">until {shelving === undefined ? NOTHING : minuteText(shelving.until)}</span>
      <span class="rest">{restText(alarm, now) ?? NOTHING}</span>
    </>
  );
  return (
    <li data-alarm={alarm.alarm} class={`shelvedrow${choose?.chosen === true ? " chosen" : ""}`}>
      {choose === undefined ? (
        <div class="cells">{cells}</div>
      ) : (
        <button type="button" class="cells" aria-pressed={choose.chosen} onClick={choose.act}>
          {cells}
        </button>
      )}
      {giveBack !== undefined && (
        <ActButton
          word={giveBack.sending ? "Sending" : "Return"}
          about={headText(alarm)}
          main={false}
          off={giveBack.off}
          sending={giveBack.sending}
          act={giveBack.act}
        />
      )}
    </li>
  );
}
