import { useState } from "preact/hooks";
import type { EventsAnswer } from "../../../../shared/domain/api-events.ts";
import type { RigSummary } from "../../../../shared/domain/api-rigs.ts";
import { ageText, type Zone } from "../../../../shared/ui/format.ts";
import { NotUpToDate } from "../../../../shared/ui/NotUpToDate.tsx";
import { useAsked } from "../asked.ts";
import { eventText, eventTypes, isConfiguration, typeWord } from "../event-text.ts";
import { system } from "../settings.ts";

const onPage = 100;

/** What happened at a rig, newest first, page by page. */
export function RigEvents({ rig, zone }: { rig: RigSummary; zone: Zone }) {
  const [type, setType] = useState("");
  /** Cursors of the pages before this one, this one's last. */
  const [pages, setPages] = useState<readonly string[]>([""]);
  const cursor = pages.at(-1) ?? "";
  const path = `/rigs/${rig.rig}/events?limit=${onPage}${type === "" || type === "all" ? "" : `&type=${type}`}${cursor === "" ? "" : `&cursor=${cursor}`}`;
  // The first page goes on by itself; a later one stands still while it is read.
  const { answer, trouble } = useAsked<EventsAnswer>(path, cursor === "" ? 5_000 : 0);
  const next = answer?.next ?? null;
  const rows = (answer?.data ?? []).filter(({ event }) => type !== "" || !isConfiguration(event.type));
  return (
    <>
      <div class="bar">
        <label>
          Type{" "}
          <select
            value={type}
            onChange={({ currentTarget }) => {
              setType(currentTarget.value);
              setPages([""]);
            }}
          >
            <option value="">All but configuration</option>
            <option value="all">All</option>
            {eventTypes.map(([name, word]) => (
              <option key={name} value={name}>
                {word}
              </option>
            ))}
          </select>
        </label>
        <span class="push" />
        <button type="button" disabled={pages.length === 1} onClick={() => setPages(pages.slice(0, -1))}>
          Newer
        </button>
        <button type="button" disabled={next === null} onClick={() => next !== null && setPages([...pages, next])}>
          Older
        </button>
      </div>
      <NotUpToDate parts={[["events", trouble]]} />
      <section class="card">
        {answer === null ? (
          <p class="empty reading">Reading events</p>
        ) : rows.length === 0 ? (
          <p class="empty">{answer.data.length === 0 ? "No such events" : "Only configuration on this page"}</p>
        ) : (
          <table class="table">
            <thead>
              <tr>
                <th scope="col">At the rig</th>
                <th scope="col">Type</th>
                <th scope="col">What happened</th>
                <th scope="col" class="number">
                  Landed after
                </th>
                <th scope="col" class="number">
                  Frame
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ epoch, seq, at, landedAt, event }, i) => (
                <tr key={`${epoch} ${seq} ${i}`}>
                  <td>
                    {zone.time(at)} <small>{zone.day(at)}</small>
                  </td>
                  <td>{typeWord(event.type)}</td>
                  <td>{eventText(event, system.value, answer.data)}</td>
                  <td class="number" data-label="Landed after">
                    {ageText(landedAt - at)}
                  </td>
                  <td class="number" data-label="Frame">
                    <small title={`run ${epoch}`}>run {epoch.slice(0, 6)},</small> no {seq}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </>
  );
}
