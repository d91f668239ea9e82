import { useState } from "preact/hooks";
import type { CoverageSpan } from "../../../../../shared/domain/api-coverage.ts";
import type { RigRequest } from "../../../../../shared/domain/api-requests.ts";
import type { Zone } from "../../../../../shared/ui/format.ts";
import { askForSpan, mayAsk } from "../../asking.ts";
import { isOpen, requestFor, requestWords, whyNotAsked } from "../../request-words.ts";

interface AskForProps {
  rig: string;
  gap: CoverageSpan;
  requests: readonly RigRequest[];
  zone: Zone;
}

/** How far a request for this span is, and the way to ask for it; a button that does nothing says why. */
export function AskFor({ rig, gap, requests, zone }: AskForProps) {
  const [isAsking, setAsking] = useState(false);
  const before = requestFor(gap, requests);
  const isAsked = before !== null && isOpen(before);
  const why = whyNotAsked(gap, mayAsk());
  async function ask() {
    setAsking(true);
    await askForSpan(rig, gap);
    setAsking(false);
  }
  return (
    <span class="askfor">
      {before !== null && <span>{requestWords(before, zone)}</span>}
      {!isAsked && (
        <button type="button" disabled={isAsking || why !== null} onClick={() => void ask()}>
          Ask for this span
        </button>
      )}
      {!isAsked && why !== null && <small>{why}</small>}
    </span>
  );
}
