import type { RigRequest } from "../../../../shared/domain/api-requests.ts";
import type { Zone } from "../../../../shared/ui/format.ts";
import { askTrouble, mayAsk, withdraw } from "../asking.ts";
import { costWords, isOpen, requestWords } from "../request-words.ts";
import { lengthText } from "../spans.ts";
import { AskForm } from "./AskForm.tsx";
import { Table } from "./Table.tsx";

interface RequestsProps {
  rig: string;
  rows: readonly RigRequest[];
  /** Why they are not up to date; null where they are. */
  trouble: string | null;
  labels: ReadonlyMap<string, string>;
  zone: Zone;
}

/** What the office asked this rig for beside what comes by itself, and how far each is. */
export function Requests({ rig, rows, trouble, labels, zone }: RequestsProps) {
  const stamp = (at: number) => `${zone.day(at)} ${zone.time(at)}`;
  const wrong = askTrouble.value ?? trouble;
  return (
    <>
      <Table
        title="Asked of this rig"
        none="Nothing was asked beside what comes by itself"
        heads={["Asked", "By", "What", "How far", "Cost beyond the link's policy", "Act"]}
      >
        {rows.map((row) => (
          <tr key={row.request}>
            <td data-label="Asked">{stamp(row.askedAt)}</td>
            <td data-label="by">{row.askedBy}</td>
            <td>{whatOf(row, labels, stamp)}</td>
            <td>{requestWords(row, zone)}</td>
            <td data-label="Cost">{costWords(row)}</td>
            <td>
              {isOpen(row) && mayAsk() && (
                <button type="button" onClick={() => void withdraw(row)}>
                  Withdraw
                </button>
              )}
            </td>
          </tr>
        ))}
      </Table>
      {mayAsk() && <AskForm rig={rig} labels={labels} zone={zone} />}
      {wrong !== null && (
        <p class="trouble" role="status">
          {askTrouble.value === null ? "Not up to date" : "Not done"}: {wrong}.
        </p>
      )}
    </>
  );
}

function whatOf({ wanted }: RigRequest, labels: ReadonlyMap<string, string>, stamp: (at: number) => string): string {
  if (wanted.what === "tags") return `Every tick of ${wanted.tags.map((tag) => labels.get(tag) ?? tag).join(", ")}`;
  const { start, end, repair } = wanted;
  const length = lengthText({ from: start, to: end });
  return `${stamp(start)} to ${stamp(end)}, ${length}${repair ? ", with what the office lost" : ""}`;
}
