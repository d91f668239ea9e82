import type { HmiFault } from "../../../../shared/domain/hmi.ts";
import { AlarmMark } from "../../../../shared/ui/AlarmMark.tsx";
import { spanText, zoneOf } from "../../../../shared/ui/format.ts";
import { scrollable } from "../../../../shared/ui/scrollable.ts";
import { notWorking, stillWorking } from "../broken-words.ts";
import { CheckAgain, GoBack, WhoMay, whenText } from "../parts/ConfigActs.tsx";
import { countText, ErrorCards } from "../parts/ErrorCards.tsx";
import { layout } from "../settings.ts";
import { lastValueAt, link, now, rig, storage } from "../store.ts";

const zone = () => zoneOf(rig.value?.timeZone ?? "UTC");
export const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);

/** When the last value came that the rig box or this page knows of; null where neither knows of any. */
export function noneSince(fault: HmiFault): number | null {
  const at = Math.max(fault.valuesUntil ?? 0, lastValueAt.value);
  return at === 0 ? null : at;
}

/** Takes the alarm bar's place: no values, no alarms, since when. */
export function BrokenBar({ fault }: { fault: HmiFault }) {
  const since = noneSince(fault);
  const wall = now.value.wall;
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
        <strong>{since === null ? `over ${spanText(wall - fault.since)}` : spanText(wall - since)}</strong>
        <span class="label">without values{since !== null && <span class="long">, recorded as a gap</span>}</span>
      </div>
    </section>
  );
}

/** What is wrong, in the configuration with path, line and the nearest allowed word; the way back; what still works; what happened. */
export function Broken({ fault }: { fault: HmiFault }) {
  const wall = now.value.wall;
  const file = fault.kind === "configuration" ? nameOf(fault.file) : "Start of the rig";
  return (
    <main class="broken" tabIndex={layout.value === "phone" ? 0 : undefined}>
      <ErrorCards errors={fault.errors} file={file} />
      <section class="card working">
        <List title="Still working" items={stillWorking(fault, link.value, storage.value, wall)} />
        <List title="Not working" items={notWorking(fault, link.value)} />
      </section>
      <section class="side scroll" {...scrollable} aria-label="What can be done">
        <GetBack fault={fault} wall={wall} />
        <section class="card happened">
          <h2>What happened</h2>
          <ul>
            {fault.happened.map(({ at, text }) => (
              <li key={`${at}${text}`}>
                <span>{whenText(at, wall, zone())}</span>
                <span>{text}</span>
              </li>
            ))}
          </ul>
        </section>
      </section>
    </main>
  );
}

function GetBack({ fault, wall }: { fault: HmiFault; wall: number }) {
  const configuration = fault.kind === "configuration";
  return (
    <section class="card again">
      <h2>Get values back now</h2>
      {fault.kept === null ? (
        <p>
          {configuration
            ? `No configuration that gave values is kept, so there is none to go back to. Mend ${fault.file} and save it: everything starts by itself once it has no error.`
            : "Mend what is named here on the rig's computer. The start is tried again by itself until it succeeds."}
        </p>
      ) : (
        <GoBack kept={fault.kept} wall={wall} zone={zone()} />
      )}
      <CheckAgain word={configuration ? "Check file again" : "Start again"} checkedAt={fault.checkedAt} zone={zone()} />
      {fault.kept !== null && <WhoMay />}
    </section>
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
