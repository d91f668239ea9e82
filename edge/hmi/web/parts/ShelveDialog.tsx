import { useEffect, useRef, useState } from "preact/hooks";
import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import { LONGEST_REASON, shelveReasons } from "../../../../shared/domain/shelving.ts";
import { headText } from "../../../../shared/ui/alarm-words.ts";
import { spanText } from "../../../../shared/ui/format.ts";
import { shelve, shelveAsk } from "../acts.ts";
import { ShelveTimes } from "./ShelveTimes.tsx";

/** Asks for how long, then why; a reason that is touched shelves. */
export function ShelveDialog({ ask }: { ask: { alarm: AlarmState; forMs: number | null } }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [forMs, setTime] = useState(ask.forMs);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => {
    shelveAsk.value = null;
  };
  const put = (why: string) => {
    if (forMs === null || why.trim() === "") return;
    close();
    shelve(ask.alarm, forMs, why.trim());
  };
  return (
    <dialog ref={dialog} class="dialog shelve" aria-labelledby="shelve" onClose={close}>
      <h2 id="shelve">Shelve: {headText(ask.alarm)}</h2>
      <p class="label">It goes on being judged, says nothing meanwhile and returns by itself.</p>
      <ShelveTimes priority={ask.alarm.priority} chosen={forMs} off={null} choose={setTime} />
      <fieldset disabled={forMs === null}>
        <legend>
          {forMs === null ? "Reason, once a time is chosen" : `Reason to shelve it for ${spanText(forMs)}`}
        </legend>
        <div class="reasons">
          {shelveReasons.map((why) => (
            <button type="button" key={why} onClick={() => put(why)}>
              {why}
            </button>
          ))}
        </div>
        <OwnReason put={put} />
      </fieldset>
      <button type="button" onClick={close}>
        Do not shelve
      </button>
    </dialog>
  );
}

function OwnReason({ put }: { put: (why: string) => void }) {
  const [why, setWhy] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        put(why);
      }}
    >
      <label>
        Another reason
        <input maxLength={LONGEST_REASON} value={why} onInput={(event) => setWhy(event.currentTarget.value)} />
      </label>
      <button type="submit" class="main" disabled={why.trim() === ""}>
        Shelve
      </button>
    </form>
  );
}
