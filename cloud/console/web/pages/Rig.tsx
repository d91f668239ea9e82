import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import lazy from "preact-iso/lazy";
import type { RigSummary } from "../../../../shared/domain/api-rigs.ts";
import { isOpen } from "../../../../shared/ui/alarms.ts";
import type { Zone } from "../../../../shared/ui/format.ts";
import { spanText } from "../../../../shared/ui/format.ts";
import { SimulatedChip } from "../../../../shared/ui/SimulatedChip.tsx";
import { now, zoneFor } from "../clock.ts";
import { rigs } from "../fleet.ts";
import { isTold, stateWords } from "../fleet-order.ts";
import { line, serverSilent } from "../line.ts";
import { Segments } from "../parts/Segments.tsx";
import { Times, Units } from "../parts/ShownAs.tsx";
import { openRigLive, type RigLive, type Taker } from "../rig-live.ts";
import { spanLength, system, times } from "../settings.ts";
import { lengths, type TimeSpan, usualSpan } from "../span.ts";
import { standingOf } from "../standing.ts";
import type { Doing } from "../states.ts";
import { RigLivePage } from "./RigLive.tsx";

const RigAlarms = lazy(() => import("./RigAlarms.tsx").then((page) => page.RigAlarms));
const RigEvents = lazy(() => import("./RigEvents.tsx").then((page) => page.RigEvents));
const RigCoverage = lazy(() => import("./RigCoverage.tsx").then((page) => page.RigCoverage));

/** One rig: live and history, alarms, events, coverage. */
export function Rig({ rig, tab = "" }: { rig: string; tab?: string }) {
  const told = rigs.value?.find((one) => one.rig === rig) ?? null;
  const taker = useRef<Taker["current"]>(() => {});
  const live = useLive(rig, taker);
  // While the server is silent nobody knows whether the rig is: it stands as it did when the server was heard last.
  const known = now.value - (serverSilent.value ?? 0);
  const summary = told === null ? null : standingOf(told, live?.heard.value ?? null, known);
  const [doing, setDoing] = useState<Doing | null>(null);
  const [chosen, setSpan] = useState<TimeSpan | null>(null);
  if (rigs.value === null) return <main class="waiting">Reading the rig</main>;
  if (summary === null)
    return (
      <main>
        <h1>There is no such rig, or it is not granted to you</h1>
        <p>
          <a href="/">Go to the fleet</a>
        </p>
      </main>
    );
  if (live === null) return <main class="waiting">Reading the rig</main>;
  const zone = zoneFor(summary.timeZone);
  const span = chosen ?? usualSpan(summary, now.value, spanLength.value);
  return (
    <main class="rig">
      <Head
        rig={summary}
        doing={tab === "" ? doing : null}
        zone={zone}
        span={tab === "" ? span : null}
        choose={setSpan}
      />
      <Tabs rig={rig} tab={tab} alarms={tabWords(live, isTold(summary))} />
      {tab === "alarms" ? (
        <RigAlarms rig={summary} live={live} zone={zone} />
      ) : tab === "events" ? (
        <RigEvents rig={summary} zone={zone} />
      ) : tab === "coverage" ? (
        <RigCoverage rig={summary} live={live} zone={zone} />
      ) : (
        <RigLivePage rig={summary} live={live} taker={taker} tell={setDoing} zone={zone} span={span} choose={setSpan} />
      )}
    </main>
  );
}

function useLive(rig: string, taker: Taker): RigLive | null {
  const [live, set] = useState<RigLive | null>(null);
  useEffect(() => {
    const opened = openRigLive(rig, (readings) => taker.current(readings));
    line.value = opened.line;
    set(opened);
    return () => {
      line.value = null;
      opened.close();
      set(null);
    };
  }, [rig]);
  return live;
}

interface HeadProps {
  rig: RigSummary;
  /** The state that goes on, where it is known. */
  doing: Doing | null;
  zone: Zone;
  /** null on pages that have no span. */
  span: TimeSpan | null;
  choose: (span: TimeSpan) => void;
}

function Head({ rig, doing, zone, span, choose }: HeadProps) {
  const lost = serverSilent.value !== null;
  const known = rig.online && rig.state !== null && rig.state !== "unknown";
  const asOf = rig.online || rig.seenAt === null ? "" : ` as of ${zone.time(rig.seenAt)}`;
  const options = useMemo(() => lengths.map(([name, word]) => [name, word] as const), []);
  return (
    <header class="head">
      <h1>{rig.name}</h1>
      <small class="under">{rig.well ?? "no well"}</small>
      <span class={`chip${known && !lost ? "" : " unknown"}`}>
        {lost && known
          ? `Last known: ${rig.state}`
          : known
            ? `${stateWords(rig.state ?? "")}${sinceWords(rig.state, doing)}`
            : rig.connected && !lost
              ? "Connected, reads no values"
              : `Not known${asOf}`}
      </span>
      {rig.origin === "simulated" && <SimulatedChip />}
      {!isTold(rig) && !lost && rig.seenAt !== null && (
        <b class="silentnote">silent for {spanText(now.value - rig.seenAt)}</b>
      )}
      <span class="push" />
      {span !== null && span.end !== null && (
        <button type="button" onClick={() => choose({ ...span, end: null })}>
          Back to now
        </button>
      )}
      {span !== null && (
        <Segments
          label="Span"
          chosen={lengths.find(([, , length]) => length === span.length)?.[0] ?? null}
          options={options}
          choose={(name) => {
            const length = lengths.find(([one]) => one === name)?.[2];
            if (length === undefined) return;
            spanLength.value = name;
            choose({ length, end: length > 24 * 3_600_000 ? null : span.end });
          }}
        />
      )}
      <span class="set">
        <Times chosen={times.value} choose={(next) => (times.value = next)} />
        <Units chosen={system.value} choose={(next) => (system.value = next)} />
      </span>
    </header>
  );
}

/** How long it has done so for certain, in whole minutes; nothing where its begin was not seen. */
function sinceWords(state: string | null, doing: Doing | null): string {
  if (doing === null || doing.state !== state || doing.since === null) return "";
  const minutes = Math.floor((now.value - doing.since) / 60_000);
  return minutes < 1 ? " < 1 min" : ` ${spanText(minutes * 60_000)}`;
}

function tabWords(live: RigLive, told: boolean): string {
  const open = live.alarms.value.filter(isOpen).length;
  return open === 0 ? "Alarms" : `Alarms ${open}${told && serverSilent.value === null ? "" : "?"}`;
}

function Tabs({ rig, tab, alarms }: { rig: string; tab: string; alarms: string }) {
  return (
    <nav class="tabs" aria-label="Pages of this rig">
      {[
        ["", "Live and history"],
        ["alarms", alarms],
        ["events", "Events"],
        ["coverage", "Coverage"],
      ].map(([name, word]) => (
        <a
          key={name}
          href={`/rigs/${rig}${name === "" ? "" : `/${name}`}`}
          aria-current={name === tab ? "page" : undefined}
        >
          {word}
        </a>
      ))}
    </nav>
  );
}
