import type { Coverage } from "../../../../../shared/domain/api-coverage.ts";
import { NOTHING, numberText } from "../../../../../shared/ui/format.ts";
import { Table } from "../Table.tsx";

interface UndatedProps {
  coverage: Coverage;
  stamp: (at: number) => string;
}

/** Frames that are here and stand nowhere on an axis of time; only where there are any. */
export function Undated({ coverage, stamp }: UndatedProps) {
  if (coverage.undatedSpans.length === 0) return null;
  const bound = (at: number | null) => (at === null ? NOTHING : stamp(at));
  return (
    <Table title="Without a true time" none="" heads={["Not before", "Not after", "Why", "Frames"]}>
      {coverage.undatedSpans.map(({ epoch, first, from, to, frames, over }) => (
        <tr key={`${epoch} ${first}`}>
          <td data-label="Not before">{bound(from)}</td>
          <td data-label="not after">{bound(to)}</td>
          <td>
            {over
              ? "The rig box was restarted before its clock came right"
              : "The rig's clock was not known; it has not come right yet"}
          </td>
          <td class="number" data-label="Frames">
            {numberText(frames, 0)}
          </td>
        </tr>
      ))}
    </Table>
  );
}
