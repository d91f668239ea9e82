import type { CoverageSpan } from "../../../../../shared/domain/api-coverage.ts";
import type { RigRequest } from "../../../../../shared/domain/api-requests.ts";
import { NOTHING, numberText, type Zone } from "../../../../../shared/ui/format.ts";
import { firstData, gapsOf, lengthText, spanWords } from "../../spans.ts";
import { Table } from "../Table.tsx";
import { AskFor } from "./AskFor.tsx";

interface GapsProps {
  rig: string;
  spans: readonly CoverageSpan[];
  requests: readonly RigRequest[];
  zone: Zone;
  stamp: (at: number) => string;
}

/** All that is not here, why, and the way to ask the rig for it. */
export function Gaps({ rig, spans, requests, zone, stamp }: GapsProps) {
  const known = firstData(spans) === null ? spans : spans.slice(1);
  const gaps = gapsOf(known).filter(({ kind }) => kind !== "undated");
  return (
    <Table
      title="Not in the office"
      none="All of it is in the office"
      heads={["From", "To", "For", "What, and why", "Frames", "Ask the rig for it"]}
    >
      {gaps.map((gap) => (
        <tr key={gap.from}>
          <td data-label="From">{stamp(gap.from)}</td>
          <td data-label="to">{stamp(gap.to)}</td>
          <td data-label="for">{lengthText(gap)}</td>
          <td>{spanWords(gap)}</td>
          <td class="number" data-label="Frames">
            {gap.frames === null ? NOTHING : numberText(gap.frames, 0)}
          </td>
          <td>
            <AskFor rig={rig} gap={gap} requests={requests} zone={zone} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
