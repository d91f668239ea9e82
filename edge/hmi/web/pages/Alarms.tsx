import { useRef, useState } from "preact/hooks";
import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import { PriorityCounts } from "../../../../shared/ui/AlarmBar.tsx";
import { floodNow } from "../../../../shared/ui/alarm-load.ts";
import { byFirstOut, shelved, sorted, suppressed } from "../../../../shared/ui/alarms.ts";
import { NOTHING, zoneOf } from "../../../../shared/ui/format.ts";
import { acknowledgeAll, actsOff, askShelve, trouble, unshelve } from "../acts.ts";
import { useAsked } from "../asked.ts";
import { openBefore } from "../open-before.ts";
import { AlarmDetail } from "../parts/AlarmDetail.tsx";
import { AlarmJournal } from "../parts/AlarmJournal.tsx";
import { AlarmList, NOT_JUDGED, ShelvedCard, ShelvedList } from "../parts/AlarmLists.tsx";
import { AlarmLoadPanel } from "../parts/AlarmLoadPanel.tsx";
import { layout, system } from "../settings.ts";
import { advice, alarms, fault, now, rig, tags } from "../store.ts";
import { still, whyStill } from "../touch.ts";
import { expectedOf, sourceOf, valueNow } from "../values.ts";

type Tab = "open" | "shelved" | "suppressed" | "journal";
const EIGHT_HOURS = 8 * 3_600_000;
const WEEK = 7 * 24 * 3_600_000;
const MINUTE = 60_000;
const UNREAD = "nothing runs while the configuration is broken";

/** Every alarm with what can be done about it; what is shelved or suppressed has its own list and is never hidden. */
export function Alarms() {
  const [tab, setTab] = useState<Tab>("open");
  const [chosen, choose] = useState<string | null>(null);
  const list = useRef<HTMLElement>(null);
  const flood = floodNow(alarms.value, now.value.wall);
  const inOrder = (some: readonly AlarmState[]) => (flood === null ? sorted(some) : byFirstOut(some, sourceOf));
  // Asked anew each minute and with each change of an alarm.
  const newest = Math.max(0, ...alarms.value.map(({ changedAt }) => changedAt + 1));
  const to = Math.max(Math.floor(now.value.wall / MINUTE) * MINUTE, Math.min(newest, Math.ceil(now.value.wall)));
  const journal = useAsked<{ changes: AlarmState[] }>(
    to === 0 ? null : `./api/v1/hmi/alarms/history?from=${to - EIGHT_HOURS}&to=${to}`,
  );
  const broken = fault.value !== null && rig.value === null;
  // While nothing is read, what was open is judged by nobody: known from the journal only.
  const standby = fault.value !== null && !broken;
  const asked = useAsked<{ changes: AlarmState[] }>(
    !standby || to === 0 ? null : `./api/v1/hmi/alarms/history?from=${to - WEEK}&to=${to}`,
  );
  const before = standby ? openBefore(asked.answer?.changes ?? [], alarms.value) : [];
  const notJudged = new Set(before.map(({ alarm }) => alarm));
  const all = [...alarms.value, ...before];
  const lists = {
    open: [...still(inOrder), ...sorted(before)],
    shelved: [...still(shelved), ...shelved(before)],
    suppressed: [...still(suppressed), ...suppressed(before)],
  };
  const { open } = lists;
  const isJudged = ({ alarm }: AlarmState) => !notJudged.has(alarm);
  const count = (list: readonly AlarmState[]) => (broken ? NOTHING : list.length);
  const shown = tab === "journal" ? open : lists[tab];
  const detail = shown.find((alarm) => alarm.alarm === chosen) ?? shown[0] ?? null;
  const tabs = [
    ["open", `Open ${count(sorted(all))}`],
    ["shelved", `Shelved ${count(shelved(all))}`],
    ["suppressed", `Suppressed ${count(suppressed(all))}`],
    ["journal", "Journal"],
  ] as const;
  const rows = {
    list: shown,
    chosen: detail?.alarm ?? null,
    choose,
    notJudged,
    empty: broken ? `Not known: ${UNREAD}` : empty[tab],
  };
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
          disabled={tab !== "open" || actsOff() !== null || !open.some((alarm) => onPage(alarm) && isJudged(alarm))}
          onClick={() => acknowledgePage(open.filter(isJudged), list.current)}
        >
          Ack page
        </button>
      </div>
      <div class="lists">
        <section class="card list" ref={list} aria-label={tab === "journal" ? "Journal of the last 8 h" : "Alarms"}>
          {tab === "journal" ? (
            <AlarmJournal
              changes={broken ? null : (journal.answer?.changes ?? null)}
              trouble={broken ? UNREAD : journal.trouble}
              timeText={timeText}
              system={system.value}
            />
          ) : tab === "shelved" ? (
            <ShelvedList {...rows} />
          ) : (
            <AlarmList {...rows} flood={tab === "open" ? flood : null} />
          )}
        </section>
        {tab === "open" && lists.shelved.length > 0 && <ShelvedCard list={lists.shelved} notJudged={notJudged} />}
      </div>
      <div class="alarmside">
        <AlarmDetail
          alarm={detail}
          open={open}
          now={now.value.wall}
          timeText={timeText}
          system={system.value}
          value={detail === null ? null : valueNow(detail)}
          expected={detail === null ? null : expectedOf(detail)}
          tags={tags.value}
          advice={advice.value}
          trouble={trouble.value}
          sourceOf={sourceOf}
          off={actsOff() ?? (detail === null || isJudged(detail) ? null : NOT_JUDGED)}
          shelve={askShelve}
          giveBack={unshelve}
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
const timeText = (at: number) => zoneNow().time(at);

const empty: Readonly<Record<Tab, string>> = {
  open: "No open alarms",
  shelved: "Nothing is shelved",
  suppressed: "Nothing is suppressed or out of service",
  journal: "",
};

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
  acknowledgeAll(open.filter((alarm) => onPage(alarm) && whyStill(alarm) === null && seen.has(alarm.alarm)));
}
