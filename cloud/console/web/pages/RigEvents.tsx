import { useState } from "preact/hooks";
import type { EventsAnswer, RigSummary } from "../../../../shared/domain/api-history.ts";
import { ageText, type Zone } from "../../../../shared/ui/format.ts";
import { useAsked } from "../asked.ts";
import { eventText, eventTypes, typeWord } from "../event-text.ts";
import { system } from "../settings.ts";

const onPage = 50;

/** What happened at a rig, newest first, page by page. */
export function RigEvents({ rig, zone }: { rig: RigSummary; zone: Zone }) {
  const [type, setType] = useState("");
  /** Cursors of the pages before this one, this one's last. */
  const [pages, setPages] = useState<readonly string[]>([""]);
  const cursor = pages.at(-1) ?? "";
  const path = `/rigs/${rig.rig}/events?limit=${onPage}${type === "" ? "" : `&type=${type}`}${cursor === "" ? "" : `&cursor=${cursor}`}`;
  // The first page goes on by itself; a later one stands still while it is read.
  const { answer, trouble } = useAsked<EventsAnswer>(path, cursor === "" ? 5_000 : 0);
  const next = answer?.next ?? null;
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
            <option value="">All</option>
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
      {trouble !== null && (
        <p class="trouble" role="status">
          Not up to date: {trouble}.
        </p>
      )}
      <section class="card">
        {answer === null ? (
          <p class="empty">Reading events</p>
        ) : answer.data.length === 0 ? (
          <p class="empty">No such events</p>
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
              {answer.data.map(({ epoch, seq, at, landedAt, event }) => (
                <tr key={`${epoch} ${seq}`}>
                  <td>
                    {zone.time(at)} <small>{zone.day(at)}</small>
                  </td>
                  <td>{typeWord(event.type)}</td>
                  <td>{eventText(event, system.value)}</td>
                  <td class="number">{ageText(landedAt - at)}</td>
                  <td class="number">
                    {seq} <small title={`epoch ${epoch}`}>of {epoch.slice(0, 6)}</small>
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
