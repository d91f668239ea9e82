import type { Coverage } from "../../../../../shared/domain/api-coverage.ts";
import { arrivalWords, completeWords, underWayWords } from "../../stream-words.ts";
import { Table } from "../Table.tsx";

interface StreamsProps {
  coverage: Coverage;
  /** The rig reports. */
  online: boolean;
  stamp: (at: number) => string;
}

/** How far values are here, and how far alarms and events. */
export function Streams({ coverage, online, stamp }: StreamsProps) {
  return (
    <Table
      title="By stream"
      none="Nothing is known yet"
      heads={["Stream", "Complete to", "Under way", "Here at about"]}
    >
      {coverage.streams.map((each) => (
        <tr key={each.stream}>
          <td>{each.stream === "events" ? "Alarms and events" : "Values"}</td>
          <td data-label="Complete to">{completeWords(each, online, stamp)}</td>
          <td data-label="Under way">{underWayWords(each)}</td>
          <td data-label="Here at about">{arrivalWords(each, stamp)}</td>
        </tr>
      ))}
    </Table>
  );
}
