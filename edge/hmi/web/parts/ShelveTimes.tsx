import { longestShelveMs, shelveTimes } from "../../../../shared/domain/shelving.ts";
import { spanText } from "../../../../shared/ui/format.ts";

export interface ShelveTimesProps {
  priority: number;
  chosen: number | null;
  /** Why nothing can be shelved now; null when it can. */
  off: string | null;
  choose: (forMs: number) => void;
}

/** Times for which an alarm may be shelved; what its priority does not allow stays in sight, dashed and off. */
export function ShelveTimes({ priority, chosen, off, choose }: ShelveTimesProps) {
  const most = longestShelveMs(priority);
  return (
    <fieldset class="times">
      <legend>
        <b>Shelve for</b>
        <span class="label">
          {most === 0 ? "priority 1 is never shelved" : `reason is asked, at most ${spanText(most)}`}
        </span>
      </legend>
      <div>
        {shelveTimes.map((forMs) => (
          <button
            type="button"
            key={forMs}
            class={forMs > most ? "notallowed" : ""}
            aria-pressed={forMs === chosen}
            disabled={forMs > most || off !== null}
            title={off ?? undefined}
            onClick={() => choose(forMs)}
          >
            {spanText(forMs)}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
