import type { Coverage } from "../../../../../shared/domain/api-coverage.ts";
import { NOTHING, numberText } from "../../../../../shared/ui/format.ts";
import { lengthText, thinnedOf } from "../../spans.ts";
import { Table } from "../Table.tsx";

interface ThinnedProps {
  coverage: Coverage;
  stamp: (at: number) => string;
}

/** Spans in which the rig left out readings to make room; only where there are any. */
export function Thinned({ coverage, stamp }: ThinnedProps) {
  const spans = thinnedOf(coverage.spans);
  if (spans.length === 0) return null;
  return (
    <Table title="Thinned on the rig" none="" heads={["From", "To", "For", "What was left out", "Frames"]}>
      {spans.map((span) => (
        <tr key={span.from}>
          <td data-label="From">{stamp(span.from)}</td>
          <td data-label="to">{stamp(span.to)}</td>
          <td data-label="for">{lengthText(span)}</td>
          <td>Readings {span.reason}</td>
          <td class="number" data-label="Frames">
            {span.frames === null ? NOTHING : numberText(span.frames, 0)}
          </td>
        </tr>
      ))}
    </Table>
  );
}
