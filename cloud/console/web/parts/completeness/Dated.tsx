import type { Coverage } from "../../../../../shared/domain/api-coverage.ts";
import { NOTHING, numberText } from "../../../../../shared/ui/format.ts";
import { datedOf, lengthText } from "../../spans.ts";
import { Table } from "../Table.tsx";

interface DatedProps {
  coverage: Coverage;
  stamp: (at: number) => string;
}

/** What was given its time afterwards; only where there is any. */
export function Dated({ coverage, stamp }: DatedProps) {
  const dated = datedOf(coverage.spans);
  if (dated.length === 0) return null;
  return (
    <Table title="Dated afterwards: the rig's clock was not known" none="" heads={["From", "To", "For", "Frames"]}>
      {dated.map((span) => (
        <tr key={span.from}>
          <td data-label="From">{stamp(span.from)}</td>
          <td data-label="to">{stamp(span.to)}</td>
          <td data-label="for">{lengthText(span)}</td>
          <td class="number" data-label="Frames">
            {span.frames === null ? NOTHING : numberText(span.frames, 0)}
          </td>
        </tr>
      ))}
    </Table>
  );
}
