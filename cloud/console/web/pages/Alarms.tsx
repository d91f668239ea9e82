import type { AlarmsAnswer } from "../../../../shared/domain/api-events.ts";
import { NotUpToDate } from "../../../../shared/ui/NotUpToDate.tsx";
import { SimulatedChip } from "../../../../shared/ui/SimulatedChip.tsx";
import { useAsked } from "../asked.ts";
import { now, zoneFor } from "../clock.ts";
import { askedAt, rigs, simulated } from "../fleet.ts";
import { serverSilent } from "../line.ts";
import { AlarmLine } from "../parts/AlarmLine.tsx";
import { system } from "../settings.ts";

/** Alarms that are not normal, of all rigs, worst first. */
export function Alarms() {
  const { answer, trouble } = useAsked<AlarmsAnswer>("/alarms?limit=500", 5_000);
  return (
    <main class="alarms">
      <header class="head">
        <h1>Alarms</h1>
        {simulated.value && <SimulatedChip />}
        <small class="under">To read only: alarms are acknowledged and shelved at the rig.</small>
      </header>
      <NotUpToDate parts={[["alarms", trouble]]} />
      <section class="card alarmlist ofrigs">
        {answer === null ? (
          <p class="empty reading">Reading alarms</p>
        ) : answer.data.length === 0 ? (
          <p class="empty">No open alarms</p>
        ) : (
          <ul>
            {answer.data.map(({ rig, state, current, knownAt }) => {
              const summary = rigs.value?.find((one) => one.rig === rig);
              return (
                <AlarmLine
                  key={`${rig} ${state.alarm}`}
                  alarm={state}
                  rig={{ name: summary?.name ?? rig, href: `/rigs/${rig}` }}
                  knownAt={!current ? knownAt : serverSilent.value === null ? null : askedAt.value}
                  now={now.value}
                  zone={zoneFor(summary?.timeZone ?? "UTC")}
                  system={system.value}
                />
              );
            })}
          </ul>
        )}
      </section>
      {answer?.next !== null && answer !== null && <p class="label">The worst 500 are shown.</p>}
    </main>
  );
}
