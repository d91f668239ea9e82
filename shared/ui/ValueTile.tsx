import { QualityLetter } from "./QualityLetter.tsx";
import type { Shown } from "./shown.ts";
import { ValueBox } from "./ValueRow.tsx";

/** A value in a small card: name, letter, digits, unit, then its age or why it is not good. A value that has not come yet is a grey block. */
export function ValueTile({ label, shown }: { label: string; shown: Shown }) {
  const waiting = shown.letter === null && shown.age === "";
  return (
    <div class="tile">
      <span class="label">
        {label} <QualityLetter letter={shown.letter} />
      </span>
      <span class="figure">
        {waiting ? <i class="block" /> : <ValueBox shown={shown} priority={null} acknowledged={false} />}
        <span class="unit">{shown.unit}</span>
      </span>
      <small>{[shown.age, shown.reason].filter((part) => part !== null && part !== "").join(", ")}</small>
    </div>
  );
}
