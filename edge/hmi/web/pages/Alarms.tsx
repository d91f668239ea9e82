import { useRef, useState } from "preact/hooks";
import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import { PriorityCounts } from "../../../../shared/ui/AlarmBar.tsx";
import { AlarmRow } from "../../../../shared/ui/AlarmRow.tsx";
import { firstOut, isOpen, sorted } from "../../../../shared/ui/alarms.ts";
import { NOTHING, zoneOf } from "../../../../shared/ui/format.ts";
import { acknowledge, acknowledgeAll, actsOff, sending, trouble } from "../acts.ts";
import { useAsked } from "../asked.ts";
import { AlarmDetail } from "../parts/AlarmDetail.tsx";
import { AlarmJournal } from "../parts/AlarmJournal.tsx";
import { AlarmLoadPanel } from "../parts/AlarmLoadPanel.tsx";
import { named } from "../rows.ts";
import { layout, system } from "../settings.ts";
import { alarms, fault, now, rig, tags } from "../store.ts";
import { valueNow } from "../values.ts";

type Tab = "open" | "off" | "journal";
const EIGHT_HOURS = 8 * 3_600_000;
const MINUTE = 60_000;
const UNREAD = "nothing runs while the configuration is broken";

/** Every alarm with what can be done about it; what is shelved or suppressed has its own list and is never hidden. */
export function Alarms() {
  const [tab, setTab] = useState<Tab>("open");
  const [chosen, choose] = useState<string | null>(null);
  const list = useRef<HTMLElement>(null);
  const open = sorted(alarms.value);
  const off = alarms.value.filter((alarm) => !isOpen(alarm));
  const to = Math.floor(now.value.wall / MINUTE) * MINUTE;
  const journal = useAsked<{ changes: AlarmState[] }>(
    to === 0 ? null : `./api/v1/hmi/alarms/history?from=${to - EIGHT_HOURS}&to=${to}`,
  );
  const broken = fault.value !== null && rig.value === null;
  const count = (list: readonly AlarmState[]) => (broken ? NOTHING : list.length);
  const shown = tab === "open" ? open : off;
  const detail = shown.find((alarm) => alarm.alarm === chosen) ?? shown[0] ?? null;
  const tabs = [
    ["open", `Open ${count(open)}`],
    ["off", `Shelved, suppressed ${count(off)}`],
    ["journal", "Journal"],
  ] as const;
  return (
    <main class="alarms" tabIndex={layout.value === "phone" ? 0 : undefined}>
      <div class="tools">
        <div class="tabs">
          {tabs.map(([name, word]) => (
            <button type="button" key={name} aria-pressed={tab === name} onClick={() => setTab(name)}>
              {word}
            </button>
          ))}
        </div>
        {!broken && <PriorityCounts alarms={alarms.value} />}
        <button
          type="button"
          class="ackpage"
          disabled={tab !== "open" || actsOff() !== null || !open.some(onPage)}
          onClick={() => acknowledgePage(open, list.current)}
        >
          Ack page
        </button>
      </div>
      <section class="card list" ref={list} aria-label={tab === "journal" ? "Journal of the last 8 h" : "Alarms"}>
        {tab === "journal" ? (
          <AlarmJournal
            changes={broken ? null : (journal.answer?.changes ?? null)}
            trouble={broken ? UNREAD : journal.trouble}
            timeText={timeText}
            system={system.value}
          />
        ) : (
          <AlarmList
            list={shown}
            chosen={detail?.alarm ?? null}
            choose={choose}
            empty={
              broken
                ? `Not known: ${UNREAD}`
                : tab === "open"
                  ? "No open alarms"
                  : "Nothing is shelved, suppressed or out of service"
            }
          />
        )}
      </section>
      <div class="side">
        <AlarmDetail
          alarm={detail === null ? null : { ...detail, evidence: named(detail.evidence ?? [], tags.value) }}
          open={open}
          now={now.value.wall}
          timeText={timeText}
          system={system.value}
          value={detail === null ? null : valueNow(detail)}
          tag={tags.value.find(({ id }) => id === detail?.tag)}
          trouble={trouble.value}
          sourceOf={sourceOf}
        />
        <AlarmLoadPanel
          changes={broken ? null : (journal.answer?.changes ?? null)}
          open={alarms.value}
          from={to - EIGHT_HOURS}
          to={to}
          timeText={zoneNow().minute}
          trouble={broken ? UNREAD : journal.trouble}
        />
      </div>
    </main>
  );
}

const zoneNow = () => zoneOf(rig.value?.timeZone ?? "UTC");
const sourceOf = (id: string) => tags.value.find((tag) => tag.id === id)?.source;
const timeText = (at: number) => zoneNow().time(at);

function AlarmList({
  list,
  chosen,
  choose,
  empty,
}: {
  list: readonly AlarmState[];
  chosen: string | null;
  choose: (alarm: string) => void;
  empty: string;
}) {
  const first = firstOut(list, sourceOf);
  return (
    <>
      <div class="listhead" aria-hidden="true">
        <span>Alarm and state</span>
        <span>Value and limit</span>
        <span>Raised</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard */}
      <ul class="scroll" tabIndex={0} aria-label="Alarms, the most urgent first">
        {list.map((alarm) => (
          <AlarmRow
            key={alarm.alarm}
            alarm={alarm}
            chosen={alarm.alarm === chosen}
            now={now.value.wall}
            timeText={timeText}
            system={system.value}
            valueNow={valueNow(alarm)}
            choose={() => choose(alarm.alarm)}
            off={actsOff()}
            sending={sending.value.has(alarm.alarm)}
            acknowledge={() => acknowledge(alarm)}
            first={first.has(alarm.alarm)}
          />
        ))}
        {list.length === 0 && <li class="none">{empty}</li>}
      </ul>
    </>
  );
}

/** A page takes what needs somebody, but never a critical alarm: that one is looked at by itself. */
const onPage = (alarm: AlarmState) =>
  alarm.priority > 1 && (alarm.state === "unacknowledged" || alarm.state === "returned");

/** Acknowledges the rows that can be seen now, never those that would have to be scrolled to. */
function acknowledgePage(open: readonly AlarmState[], list: HTMLElement | null) {
  const frame = list?.getBoundingClientRect();
  if (list === null || frame === undefined) return;
  const seen = new Set<string>();
  for (const row of list.querySelectorAll<HTMLElement>("[data-alarm]")) {
    const { top, bottom } = row.getBoundingClientRect();
    const middle = (top + bottom) / 2;
    if (middle > frame.top && middle < Math.min(frame.bottom, window.innerHeight)) seen.add(row.dataset.alarm ?? "");
  }
  acknowledgeAll(open.filter((alarm) => onPage(alarm) && seen.has(alarm.alarm)));
}
