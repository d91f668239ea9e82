import { useState } from "preact/hooks";
import type { HmiKept } from "../../../../shared/domain/hmi.ts";
import { ConfirmHold } from "../../../../shared/ui/ConfirmHold.tsx";
import type { Zone } from "../../../../shared/ui/format.ts";
import { actsOff, chooseConfig, recheck, signInFirst } from "../acts.ts";
import { person } from "../store.ts";

const HOLD_S = 2;

/** "13:57:59" of today, "Wed 18 Feb, 13:57:59" of another day. */
export function whenText(at: number, wall: number, zone: Zone): string {
  return zone.day(at) === zone.day(wall) ? zone.time(at) : `${zone.day(at)}, ${zone.time(at)}`;
}

/** The one big way back. */
export function GoBack({ kept, wall, zone }: { kept: HmiKept; wall: number; zone: Zone }) {
  const until = whenText(kept.until, wall, zone);
  return (
    <>
      <p>
        An earlier configuration gave values here from {whenText(kept.from, wall, zone)} until {until}. Going back loses
        no data. The edited file stays on this box for repair.
      </p>
      <ConfirmHold
        label={`go back to the configuration that ran until ${until}`}
        seconds={HOLD_S}
        off={actsOff()}
        first={person.value === null ? signInFirst : null}
        act={() => chooseConfig("back")}
      />
    </>
  );
}

/** Runs what the file says now. */
export function TakeFile({ file }: { file: string }) {
  return (
    <ConfirmHold
      label={`restart with ${file}`}
      seconds={HOLD_S}
      off={actsOff()}
      first={person.value === null ? signInFirst : null}
      act={() => chooseConfig("file")}
    />
  );
}

/** Who may, as the rig's table of roles has it. */
export function WhoMay() {
  return (
    <p class="label">
      {person.value === null ? "Needs somebody signed in: " : "For "}an operator, maintenance or an engineer. Works
      without the cloud.
    </p>
  );
}

/** Reads the file again now instead of when it is saved. */
export function CheckAgain({ word, checkedAt, zone }: { word: string; checkedAt: number; zone: Zone }) {
  const [trouble, setTrouble] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  async function ask() {
    setAsking(true);
    setTrouble(await recheck());
    setAsking(false);
  }
  return (
    <>
      <button type="button" disabled={asking} onClick={() => void ask()}>
        {asking ? "Checking" : word}
      </button>
      <p class="label">Last checked {zone.time(checkedAt)}. It is checked again by itself when it is saved.</p>
      {trouble !== null && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
    </>
  );
}
