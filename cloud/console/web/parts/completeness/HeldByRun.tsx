import type { Coverage } from "../../../../../shared/domain/api-coverage.ts";
import { numberText } from "../../../../../shared/ui/format.ts";
import { Table } from "../Table.tsx";

/** What is held, by the names that frames have for ever. */
export function HeldByRun({ coverage }: { coverage: Coverage }) {
  return (
    <Table
      title="Held, by run of the rig box"
      none="Nothing is held yet"
      heads={["Run", "Stream", "State", "Frames from", "to"]}
    >
      {coverage.held.map(({ epoch, stream, first, last, state }) => (
        <tr key={`${epoch} ${stream} ${first}`}>
          <td data-label="Run">
            <code>{epoch}</code>
          </td>
          <td>{stream}</td>
          <td>{state}</td>
          <td class="number" data-label="Frames">
            {numberText(first, 0)}
          </td>
          <td class="number" data-label="to">
            {numberText(last, 0)}
          </td>
        </tr>
      ))}
    </Table>
  );
}
