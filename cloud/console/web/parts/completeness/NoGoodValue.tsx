import type { Coverage } from "../../../../../shared/domain/api-coverage.ts";
import { now } from "../../clock.ts";
import { lengthText } from "../../spans.ts";
import { Table } from "../Table.tsx";

interface NoGoodValueProps {
  coverage: Coverage;
  /** By tag id. */
  labels: ReadonlyMap<string, string>;
  stamp: (at: number) => string;
}

/** Tags that gave nothing good, and for how long. */
export function NoGoodValue({ coverage, labels, stamp }: NoGoodValueProps) {
  // The last minute is not over.
  const rows = coverage.noGoodValue.map((row) => ({ ...row, to: Math.min(row.to, coverage.end, now.value) }));
  return (
    <Table
      title="Tags without a good value for whole minutes"
      none="No tag was without a good value for a whole minute or longer"
      heads={["Tag", "From", "To", "For"]}
    >
      {rows.map(({ tag, name, from, to }) => (
        <tr key={`${tag} ${from}`}>
          <td>{labels.get(tag) ?? name}</td>
          <td data-label="from">{stamp(from)}</td>
          <td data-label="to">{stamp(to)}</td>
          <td data-label="for">{lengthText({ from, to })}</td>
        </tr>
      ))}
    </Table>
  );
}
