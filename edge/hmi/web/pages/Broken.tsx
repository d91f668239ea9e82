import { useState } from "preact/hooks";
import type { HmiConfigError, HmiFault } from "../../../../shared/domain/hmi.ts";
import { AlarmMark } from "../../../../shared/ui/AlarmMark.tsx";
import { spanText, zoneOf } from "../../../../shared/ui/format.ts";
import { recheck } from "../acts.ts";
import { lastValueAt, now, rig } from "../store.ts";

/** Takes the alarm bar's place: no values, no alarms, since when. */
export function BrokenBar({ fault }: { fault: HmiFault }) {
  return (
    <section class="alarmbar" role="alert">
      <span class="prio p1">
        <AlarmMark priority={1} look="unacknowledged" size={34} />
        <b>Critical</b>
      </span>
      <div class="text">
        <strong>No values are read. Alarms are not working.</strong>
        <span>
          {fault.kind === "configuration"
            ? `The configuration has ${countText(fault.errors.length)}, so nothing was started.`
            : "The configuration is in order, but the rig could not be started."}{" "}
          Watch the driller's own gauges until this page is gone.
        </span>
      </div>
      <div class="since" aria-hidden="true">
        <strong>{withoutText(fault)}</strong>
        <span class="label">without values</span>
      </div>
    </section>
  );
}

/** What is wrong, in the configuration with path, line and the nearest allowed word; what still works; what happened. */
export function Broken({ fault }: { fault: HmiFault }) {
  return (
    <main class="broken">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard */}
      <ul class="errors scroll" tabIndex={0} aria-label="Errors">
        {fault.errors.map((error, i) => (
          <ErrorCard
            key={`${error.path}${error.line}${error.message}`}
            error={error}
            number={i + 1}
            of={fault.errors.length}
            file={fault.kind === "configuration" ? fault.file : "start of the rig"}
            open={i < 2}
          />
        ))}
      </ul>
      <section class="card working">
        <List title="Still working" items={fault.works} />
        <List title="Not working" items={fault.stopped} />
      </section>
      <CheckAgain fault={fault} />
      <section class="card happened">
        <h2>What happened</h2>
        <ul>
          {fault.happened.map(({ at, text }) => (
            <li key={`${at}${text}`}>
              <span>{zone().time(at)}</span>
              <span>{text}</span>
            </li>
          ))}
        </ul>
      </section>
    </main>
  );
}

const zone = () => zoneOf(rig.value?.timeZone ?? "UTC");
/** From the last reading that this page knows of; a page that knows of none can only say since when nothing was started. */
function withoutText(fault: HmiFault): string {
  const wall = now.value.wall;
  return lastValueAt.value === 0
    ? `over ${spanText(wall - fault.since)}`
    : spanText(wall - Math.min(lastValueAt.value, fault.since));
}

const countText = (count: number) => (count === 1 ? "1 error" : `${count} errors`);

function ErrorCard({
  error,
  number,
  of,
  file,
  open,
}: {
  error: HmiConfigError;
  number: number;
  of: number;
  file: string;
  open: boolean;
}) {
  return (
    <li class="card error">
      <span class="line">
        <h2>
          Error {number} of {of}
        </h2>
        <span class="label">
          {file}
          {error.line !== null && `, line ${error.line}`}
          {error.column !== null && `, column ${error.column}`}
        </span>
      </span>
      {error.path !== "" && <code class="path">{error.path}</code>}
      <p>
        {error.message}
        {error.nearest !== null && (
          <>
            {" "}
            Did you mean <b>{error.nearest}</b>?
          </>
        )}
      </p>
      {open && error.excerpt.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and must be reachable by keyboard
        <pre tabIndex={0}>
          {error.excerpt.map(({ line, text }) => (
            <span key={line} class={line === error.line ? "fault" : ""}>
              <i>{line}</i>
              {text}
              {"\n"}
            </span>
          ))}
        </pre>
      )}
    </li>
  );
}

function List({ title, items }: { title: string; items: readonly string[] }) {
  return (
    <div>
      <h2>{title}</h2>
      <ul>
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </div>
  );
}

function CheckAgain({ fault }: { fault: HmiFault }) {
  const [trouble, setTrouble] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  async function ask() {
    setAsking(true);
    setTrouble(await recheck());
    setAsking(false);
  }
  return (
    <section class="card again">
      <h2>Get values back</h2>
      <p>
        {fault.kind === "configuration"
          ? `Mend the lines shown in ${fault.file} and save it. The file is read again by itself; everything starts as soon as it has no error.`
          : "Mend what is named here on the rig's computer. The start is tried again by itself until it succeeds."}
      </p>
      <button type="button" class="main" disabled={asking} onClick={() => void ask()}>
        {asking ? "Checking" : fault.kind === "configuration" ? "Check file again" : "Start again"}
      </button>
      <p class="label">Last checked {zone().time(fault.checkedAt)}. Works without the cloud.</p>
      {trouble !== null && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
    </section>
  );
}
