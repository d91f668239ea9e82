export interface ScreenLostBarProps {
  /** What the screen lost: "the rig box", "the office server". */
  what: string;
  /** How old everything below is: "12 s"; null where nothing has come yet. */
  age: string | null;
  /** Seconds to the next try; null while trying. */
  nextTryS: number | null;
  /** What to do meanwhile. */
  advice: string;
  tryNow: () => void;
}

/** Takes the alarm bar's place when the server has been silent for 3 s: nothing below is live, nothing can be acknowledged. */
export function ScreenLostBar({ what, age, nextTryS, advice, tryNow }: ScreenLostBarProps) {
  return (
    <div class="lostbar" role="alert">
      <svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
        <path d="M5 6 27 28M9 17a10 10 0 0 1 5-2.6M4 12a17 17 0 0 1 4-2.4M12 21.5a6 6 0 0 1 7 0M14 8.1A17 17 0 0 1 28 12M19 15a10 10 0 0 1 4 2M16 26h.1" />
      </svg>
      <p>
        <strong>
          {age === null ? (
            `This screen has not reached ${what} yet. Nothing is known.`
          ) : (
            <>
              This screen lost {what}. Everything below is <span aria-hidden="true">{age}</span> old.
            </>
          )}
        </strong>
        <span aria-hidden="true">
          {advice} {nextTryS === null ? "Trying now." : `Trying again in ${nextTryS} s.`}
        </span>
      </p>
      <button type="button" onClick={tryNow}>
        Try now
      </button>
    </div>
  );
}
