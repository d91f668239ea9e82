import type { HmiLane, HmiLink } from "../../../../shared/domain/hmi.ts";
import { ageText, numberText, rateText, spanText, type Zone } from "../../../../shared/ui/format.ts";
import { ShareBar } from "../../../../shared/ui/ShareBar.tsx";
import { askedCost, askedText } from "../asked-words.ts";
import { linkReason, noAnswer } from "../link-words.ts";

/** Requests that are told in full. */
const MOST_ASKED = 2;

const words = {
  events: ["Events", "alarms, acks, gaps"],
  live: ["Live", "newest first"],
  backfill: ["Backfill", "oldest first"],
} as const;

/** The lanes in the order in which they go up: what waits, how fast it goes, how old the oldest is. */
export function LanesCard({
  link,
  wall,
  zone,
  asOf,
  labels,
}: {
  link: HmiLink;
  /** Of tags by their ids. */
  labels: ReadonlyMap<string, string>;
  wall: number;
  zone: Zone;
  /** Set while the screen is cut off. */
  asOf: string | null;
}) {
  const rates = link.lanes.flatMap(({ bitsPerSecond }) => (bitsPerSecond === null ? [] : [bitsPerSecond]));
  const all = rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0);
  return (
    <section class="card lanes" aria-label="Link and lanes">
      <span class="line">
        <h2>
          {titleOf(link, zone)}
          {asOf !== null && `, ${asOf}`}
        </h2>
        <span class="label">{asOf === null ? factsOf(link, wall, all, zone) : "not known now"}</span>
      </span>
      <table>
        <thead>
          <tr>
            <th scope="col">Lane, in this order</th>
            <th scope="col">Waiting</th>
            <th scope="col">Sending</th>
            <th scope="col">Share of what is sent</th>
            <th scope="col">Oldest waiting</th>
          </tr>
        </thead>
        <tbody>
          {link.lanes.map((lane) => (
            <Lane key={lane.lane} lane={lane} all={all} wall={wall} zone={zone} />
          ))}
        </tbody>
      </table>
      {link.asked.length > 0 && (
        <p class="askedline">
          <b>The office asked for</b>
          {link.asked.slice(0, MOST_ASKED).map((asked) => (
            <span key={asked.request}>
              {askedText(asked, labels, zone)}
              {askedCost(asked) !== null && <span class="cost">, {askedCost(asked)}</span>}
            </span>
          ))}
          {link.asked.length > MOST_ASKED && <span>and {link.asked.length - MOST_ASKED} more</span>}
        </p>
      )}
    </section>
  );
}

function Lane({ lane, all, wall, zone }: { lane: HmiLane; all: number | null; wall: number; zone: Zone }) {
  const [word, note] = words[lane.lane];
  const waiting =
    lane.waitingFrames === 0
      ? "nothing"
      : `${numberText(lane.waitingFrames, 0)} ${lane.waitingFrames === 1 ? "frame" : "frames"}`;
  return (
    <tr>
      <th scope="row">
        {word} <small>{note}</small>
      </th>
      <td>
        <b>{waiting}</b>
      </td>
      <td>{lane.bitsPerSecond === null ? "not measured" : rateText(lane.bitsPerSecond)}</td>
      <td>
        <ShareBar share={lane.bitsPerSecond === null || all === null || all === 0 ? null : lane.bitsPerSecond / all} />
      </td>
      <td>{oldestText(lane, wall, zone)}</td>
    </tr>
  );
}

function oldestText({ oldestAt: oldest, waitingFrames }: HmiLane, wall: number, zone: Zone): string {
  if (waitingFrames === 0) return "none";
  if (oldest === null) return "not known";
  return wall - oldest < 600_000 ? ageText(wall - oldest) : zone.time(oldest);
}

function titleOf(link: HmiLink, zone: Zone): string {
  if (link.state === "off") return "No cloud is configured";
  return link.state === "up" ? `Link up since ${zone.time(link.since)}` : `No link since ${zone.time(link.since)}`;
}

function factsOf(link: HmiLink, wall: number, all: number | null, zone: Zone): string {
  const facts: string[] = [];
  const silent = noAnswer(link, wall);
  if (silent !== null)
    return link.lastReceiptAt === null ? silent : `${silent}, last receipt ${zone.time(link.lastReceiptAt)}`;
  if (link.state === "down" && link.reason !== null) facts.push(linkReason(link.reason));
  if (link.state === "up" && all !== null) facts.push(`${rateText(all)} used`);
  if (link.state === "up" && link.roundTripMs !== null) facts.push(`round trip ${Math.round(link.roundTripMs)} ms`);
  if (link.lastReceiptAt !== null) facts.push(`receipt ${spanText(wall - link.lastReceiptAt)} ago`);
  else if (link.state !== "off") facts.push("nothing confirmed yet");
  return facts.join(", ");
}
