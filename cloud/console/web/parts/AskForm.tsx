import { useState } from "preact/hooks";
import type { Zone } from "../../../../shared/ui/format.ts";
import { askingNow, askRig, askTrouble } from "../asking.ts";
import { now } from "../clock.ts";
import { momentIn, whyNoSpan } from "../moment.ts";

interface AskFormProps {
  rig: string;
  labels: ReadonlyMap<string, string>;
  zone: Zone;
}

/** How long tags are asked for, minutes. */
const TAG_MINUTES = 15;

/** Asks for any span, or for a tag with every tick. Times are those that the page shows. */
export function AskForm({ rig, labels, zone }: AskFormProps) {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [tag, setTag] = useState("");
  const [start, end] = [momentIn(zone, from), momentIn(zone, to)];
  const why = whyNoSpan(start, end);
  const offset = (at: number | null) => zone.offset(at ?? now.value);
  async function askSpan() {
    if (start === null || end === null) return;
    const span = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
    await askRig(rig, [{ what: "span", ...span, repair: true }]);
    if (askTrouble.value !== null) return;
    setFrom("");
    setTo("");
  }
  return (
    <div class="askform">
      <label>
        <span>From, {offset(start)}</span>
        <input type="datetime-local" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        <span>To, {offset(end)}</span>
        <input type="datetime-local" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
      <button type="button" disabled={why !== null || askingNow.value} onClick={() => void askSpan()}>
        Ask for it
      </button>
      {askingNow.value ? (
        <small role="status">Asked; the office has not answered yet</small>
      ) : (
        why !== null && <small>{why}</small>
      )}
      <label>
        <span>Tag</span>
        <select value={tag} onChange={(event) => setTag(event.currentTarget.value)}>
          <option value="">choose</option>
          {[...labels].map(([id, label]) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        disabled={tag === "" || askingNow.value}
        onClick={() => void askRig(rig, [{ what: "tags", tags: [tag], forMinutes: TAG_MINUTES }])}
      >
        Ask for every tick, {TAG_MINUTES} min
      </button>
      {tag === "" && <small>Choose a tag</small>}
    </div>
  );
}
