import type { HmiState } from "../../../../shared/domain/hmi.ts";
import { drillingStates } from "../../../../shared/domain/rig-state.ts";
import { numberText, spanText } from "../../../../shared/ui/format.ts";
import { QualityLetter } from "../../../../shared/ui/QualityLetter.tsx";
import { ShareBar } from "../../../../shared/ui/ShareBar.tsx";
import type { Shown } from "../../../../shared/ui/shown.ts";
import { ValueBox } from "../../../../shared/ui/ValueRow.tsx";

export interface DepthRibbonProps {
  hole: Shown;
  bit: Shown;
  block: Shown;
  rop: Shown;
  state: HmiState | null;
  /** Greatest block position of the last hour, in the shown unit: where this travel began. null while not known. */
  top: number | null;
}

/** Hole, bit, block; how far the block has come and how long to the next connection at the present rate. */
export function DepthRibbon({ hole, bit, block, rop, state, top }: DepthRibbonProps) {
  const left = block.value;
  const drilled = left === null || top === null || top <= 0 ? null : Math.max(0, top - left);
  const share = drilled === null || top === null ? null : drilled / top;
  return (
    <section class="card ribbon" aria-label="Depth">
      <Depth label="Hole depth" shown={hole} />
      <Depth label="Bit depth" shown={bit} />
      <Depth label="Block" shown={block} />
      <div class="stand">
        <span class="line">
          <span>{bottomText(hole, bit)}</span>
          <b>{connectionText(block, rop, state)}</b>
        </span>
        <ShareBar share={share} limit={share ?? undefined} />
        <span class="line label">
          <span>{drilled === null ? "" : `${numberText(drilled, 1)} ${block.unit} down`}</span>
          <span>{left === null ? "" : `${numberText(left, 1)} ${block.unit} left`}</span>
        </span>
      </div>
    </section>
  );
}

function Depth({ label, shown }: { label: string; shown: Shown }) {
  return (
    <div class="depth">
      <span class="label">
        {label} <QualityLetter letter={shown.letter} />
        {shown.letter !== null && <span class="old"> {shown.age}</span>}
      </span>
      <span class="figure">
        <ValueBox shown={shown} priority={null} acknowledged={false} />
        <span class="unit">{shown.unit}</span>
      </span>
    </div>
  );
}

function bottomText(hole: Shown, bit: Shown): string {
  if (hole.value === null || bit.value === null) return "";
  const off = hole.value - bit.value;
  return off < 1 ? "On bottom" : `${numberText(off, 1)} ${hole.unit} off bottom`;
}

/** Only while drilling with good values; nothing is forecast from doubtful ones. */
function connectionText(block: Shown, rop: Shown, state: HmiState | null): string {
  const drilling = state !== null && drillingStates.includes(state.state);
  const sure = block.letter === null && rop.letter === null;
  if (!drilling || !sure || block.value === null || rop.value === null || rop.value <= 0) return "";
  return `connection in ${spanText(Math.round((block.value / rop.value) * 60) * 60_000)}`;
}
