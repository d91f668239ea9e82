import { useEffect, useRef, useState } from "preact/hooks";
import type { RigSummary } from "../../../../shared/domain/api-rigs.ts";
import { NotUpToDate } from "../../../../shared/ui/NotUpToDate.tsx";
import { SimulatedChip } from "../../../../shared/ui/SimulatedChip.tsx";
import { now, zoneFor } from "../clock.ts";
import { askDrilled, drilled } from "../drilled.ts";
import { askedAt, rigs, simulated, trouble } from "../fleet.ts";
import { facets, found, needsAttention, worstFirst } from "../fleet-order.ts";
import { useKeys } from "../keys.ts";
import { serverSilent } from "../line.ts";
import { Facets } from "../parts/Facets.tsx";
import { RigRow } from "../parts/RigRow.tsx";
import { Times, Units } from "../parts/ShownAs.tsx";
import { Storage } from "../parts/Storage.tsx";
import { system, times } from "../settings.ts";

/** What is known is of now, or of the last answer while the server is silent: nothing goes on then. */
const known = () => (serverSilent.value === null ? now.value : askedAt.value);

/** All rigs that the person may see, worst first. */
export function Fleet() {
  const [text, setText] = useState("");
  const [chosen, choose] = useState<string | null>(null);
  const all = rigs.value;
  const at = known();
  const facet = facets.find(({ name }) => name === chosen);
  const shown = worstFirst(found(all ?? [], text).filter((rig) => facet?.holds(rig, at) ?? true));
  const list = useRef<HTMLDivElement>(null);
  const ids = shown.map(({ rig }) => rig).join();
  useEffect(() => void askDrilled(ids === "" ? [] : ids.split(",")), [ids, Math.floor(now.value / 60_000)]);
  useKeys({ j: () => step(list.current, 1), k: () => step(list.current, -1) });
  return (
    <main class="fleet">
      <header class="head">
        <h1>Fleet</h1>
        {simulated.value && <SimulatedChip />}
        <small class="under">
          {all === null
            ? "asking"
            : `${all.length} ${all.length === 1 ? "rig" : "rigs"}, ${serverSilent.value === null ? "" : "as of "}${zoneFor("UTC").time(at)} UTC, asked every 5 s, rows in ${times.value === "utc" ? "UTC" : "each rig's own time"}`}
        </small>
        <Find text={text} set={setText} />
        <Times chosen={times.value} choose={(next) => (times.value = next)} />
        <Units chosen={system.value} choose={(next) => (system.value = next)} />
      </header>
      <NotUpToDate parts={[["the fleet", trouble.value]]} />
      <Storage />
      {all === null ? (
        <p class="empty reading">Reading the fleet</p>
      ) : (
        <Facets rigs={all} now={at} lost={serverSilent.value !== null} chosen={chosen} choose={choose} />
      )}
      {all?.length === 0 && <p class="empty">No rig has been granted to you. An admin enrols rigs and grants them.</p>}
      {shown.length > 0 && (
        <div class="card rigs" ref={list}>
          <Heads />
          <Rows rigs={shown} />
        </div>
      )}
      {all !== null && all.length > 0 && shown.length === 0 && (
        <p class="empty">No rig fits. Clear the search or the filter.</p>
      )}
      {all !== null && all.length > 0 && <Foot shown={shown.length} all={all.length} />}
    </main>
  );
}

function Find({ text, set }: { text: string; set: (text: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => field.current?.focus() });
  return (
    <span class="find">
      <input
        ref={field}
        type="search"
        aria-label="Find rig or well"
        placeholder="Find rig or well"
        value={text}
        onInput={({ currentTarget }) => set(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          set("");
          event.currentTarget.blur();
        }}
      />
      <span class="keycap" aria-hidden="true">
        /
      </span>
    </span>
  );
}

function Heads() {
  return (
    <div class="heads" aria-hidden="true">
      {["Rig, well", "State", "Depth, ROP", "Drilled in 24 h", "Worst alarm", "Complete to, last 24 h", "Live lag"].map(
        (word) => (
          <span key={word}>{word}</span>
        ),
      )}
    </div>
  );
}

function Rows({ rigs: all }: { rigs: readonly RigSummary[] }) {
  const first = all.filter(needsAttention);
  const normal = all.filter((rig) => !needsAttention(rig));
  return (
    <>
      <ul aria-label="Rigs that need attention">{first.map(row)}</ul>
      {normal.length > 0 && (
        <h2 class="normally">
          Running normally <span>{normal.length}</span>
        </h2>
      )}
      <ul aria-label="Rigs that run normally">{normal.map(row)}</ul>
    </>
  );
}

const row = (rig: RigSummary) => (
  <RigRow
    key={rig.rig}
    rig={rig}
    drilled={drilled.value.get(rig.rig) ?? null}
    now={known()}
    lost={serverSilent.value !== null}
    zone={zoneFor(rig.timeZone)}
    system={system.value}
  />
);

function Foot({ shown, all }: { shown: number; all: number }) {
  return (
    <footer class="foot">
      <span>
        {shown} of {all} rigs shown. Worst first: unacknowledged, then priority, then silence.
      </span>
      <Legend />
    </footer>
  );
}

/** What the band's looks mean. */
export function Legend() {
  return (
    <span class="legend">
      {[
        ["held", "in cloud"],
        ["late", "came late"],
        ["thinned", "thinned"],
        ["waiting", "on its way"],
        ["missing", "missing"],
        ["unknown", "not known"],
      ].map(([look, word]) => (
        <span key={look}>
          <i class={look} />
          {word}
        </span>
      ))}
    </span>
  );
}

/** Moves the focus by rows. */
function step(list: HTMLElement | null, by: number) {
  const links: HTMLElement[] = [...(list?.querySelectorAll("a") ?? [])];
  const { activeElement } = document;
  const at = activeElement instanceof HTMLElement ? links.indexOf(activeElement) : -1;
  links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
}
