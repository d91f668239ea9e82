import type { HmiLink, HmiPerson, HmiRig, HmiState } from "../../../../shared/domain/hmi.ts";
import { clockText, NOTHING, zoneOf } from "../../../../shared/ui/format.ts";
import { QualityLetter } from "../../../../shared/ui/QualityLetter.tsx";
import { SimulatedChip } from "../../../../shared/ui/SimulatedChip.tsx";
import { noAnswer, silentText } from "../link-words.ts";

export interface TopBarProps {
  rig: HmiRig | null;
  state: HmiState | null;
  values: { good: number; all: number };
  link: HmiLink | null;
  person: HmiPerson | null;
  /** Wall time, ms; null while nothing is known yet. */
  wall: number | null;
  clockSure: boolean;
  /** Nothing is read. */
  broken: boolean;
  /** When the last value came; null where not known, or while values come. */
  noneSince: number | null;
  /** What is to be said of the configuration; null where it is the file's and in order. */
  notice: string | null;
  openConfiguration: () => void;
  /** Wall time of the last word of the rig box while the screen is cut off; null while it is not. */
  lostAt: number | null;
  openPerson: () => void;
}

/** Rig, state and time in it, good values, link, who, clock. */
export function TopBar(props: TopBarProps) {
  const { rig, state, values, link, person, wall, clockSure, broken, noneSince, notice, lostAt } = props;
  const zone = zoneOf(rig?.timeZone ?? "UTC");
  const complete = link?.completeTo ?? null;
  const silent = wall !== null && link !== null && silentText(link, wall) !== null;
  const linkWords = lostAt !== null ? "Not known" : linkText(link, wall);
  const valueWords =
    lostAt !== null
      ? `0 of ${values.all} fresh`
      : broken
        ? noneSince === null
          ? "None read"
          : `None since ${zone.time(noneSince)}`
        : wall === null
          ? "Not known yet"
          : values.all === 0
            ? "None"
            : `${values.good} of ${values.all} good`;
  return (
    <header class={`top${notice === null ? "" : " noted"}`}>
      <div class="cell rigname">
        <h1>{rig?.name ?? "This rig"}</h1>
        <span class="label">
          {wall === null ? "not known yet" : rig === null ? "not read" : (rig.well ?? "no well")}
          {rig === null && broken && <span class="phoneonly">, simulated or not</span>}
        </span>
      </div>
      <div class="cell state">
        <span class="label">Rig state</span>
        <strong>
          {capital(state?.state ?? "not known")}
          {state?.uncertain && <QualityLetter letter="U" />}
          <small>
            {lostAt !== null
              ? `as of ${zone.time(lostAt)}`
              : wall !== null && state !== null
                ? timeIn(state, wall)
                : ""}
          </small>
        </strong>
      </div>
      <div class="cell values">
        <span class="label">Values</span>
        <b>{valueWords}</b>
      </div>
      <div class="cell link">
        <span class="label">Cloud link{!silent && <span class="smallonly">, complete to</span>}</span>
        <b>
          {linkWords}
          <span class="smallonly">
            {lostAt === null && complete !== null && !silent ? `, ${zone.time(complete)}` : ""}
          </span>
        </b>
      </div>
      {rig?.origin === "simulated" && (
        <div class="cell sim">
          <SimulatedChip />
        </div>
      )}
      {rig === null && broken && (
        <div class="cell origin">
          <span class="label">Real or simulated</span>
          <b>Not known</b>
        </div>
      )}
      {notice !== null && (
        <button type="button" class="cell config" onClick={props.openConfiguration}>
          <span class="label">Configuration</span>
          <b>{notice}</b>
        </button>
      )}
      <span class="gap" />
      <button type="button" class="cell who" onClick={props.openPerson} aria-haspopup="dialog">
        <span class="label">{person === null ? "Nobody signed in" : "Signed in"}</span>
        <b>{person?.name ?? "Sign in"}</b>
      </button>
      <div class="cell clock">
        <time>
          {wall === null ? NOTHING : zone.time(wall)}
          {!clockSure && <QualityLetter letter="U" />}
        </time>
        <span class="label date">{wall !== null && `${zone.day(wall)}, ${zone.offset(wall)}`}</span>
        <span class="label phoneonly">
          {shortLink(link, lostAt, wall)}
          {link !== null && `, ${broken ? "none read" : valueWords.replace(" of ", "/")}`}
        </span>
      </div>
    </header>
  );
}

/** The state's clock; "over" where nobody saw it begin. */
function timeIn({ since, seenSince }: HmiState, wall: number): string {
  if (since !== null) return clockText(wall - since);
  return seenSince === undefined ? "" : `over ${clockText(wall - seenSince)}`;
}

function shortLink(link: HmiLink | null, lostAt: number | null, wall: number | null): string {
  if (link === null) return "link not known";
  if (link.state !== "up" || lostAt !== null) return "no link";
  return wall !== null && noAnswer(link, wall) !== null ? "no answer" : "link up";
}

/** The link in three words. */
function linkText(link: HmiLink | null, wall: number | null): string {
  if (link === null) return "Not known";
  if (link.state === "off") return "None, all local works";
  if (link.state === "down") return "No cloud, all local works";
  const silent = wall === null ? null : silentText(link, wall);
  if (silent !== null) return `No answer, ${silent}`;
  const waiting = link.lanes.some(({ lane, waitingFrames }) => lane === "backfill" && waitingFrames > 0);
  if (!waiting) return "Up";
  return link.budget?.backfillHeldBy == null ? "Up, catching up" : "Up, backfill waits";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
