import { render } from "preact";
import { useState } from "preact/hooks";
import "../../../shared/ui/tokens.css";
import "../../../shared/ui/ui.css";
import "./style.css";
import "./small.css";
import "./phone.css";
import { AlarmBar, PriorityCounts } from "../../../shared/ui/AlarmBar.tsx";
import { unacknowledged } from "../../../shared/ui/alarms.ts";
import { spanText, zoneOf } from "../../../shared/ui/format.ts";
import { ScreenLostBar } from "../../../shared/ui/ScreenLostBar.tsx";
import { acknowledge, askSignIn, followSession, sending, shelveAsk, signIn, signOut, trouble } from "./acts.ts";
import { configNotice } from "./config-words.ts";
import { Alarms } from "./pages/Alarms.tsx";
import { Broken, BrokenBar, noneSince } from "./pages/Broken.tsx";
import { Configuration } from "./pages/Configuration.tsx";
import { Link } from "./pages/Link.tsx";
import { Overview } from "./pages/Overview.tsx";
import { LinkFoot, LostFoot } from "./parts/LinkFoot.tsx";
import { Nav, type Page } from "./parts/Nav.tsx";
import { PersonDialog } from "./parts/PersonDialog.tsx";
import { ShelveDialog } from "./parts/ShelveDialog.tsx";
import { TopBar } from "./parts/TopBar.tsx";
import { followSettings, layout, panel, system, theme } from "./settings.ts";
import {
  alarms,
  clockState,
  configuration,
  fault,
  heardAt,
  known,
  lastValueAt,
  link,
  live,
  now,
  person,
  rig,
  startSecond,
  state,
  storage,
} from "./store.ts";
import { followTouch, still, whyStill } from "./touch.ts";
import { goodValues, sourceOf, valueNow } from "./values.ts";

function Screen() {
  const [page, go] = useState<Page>("drilling");
  const lost = live.silentFor.value !== null;
  const broken = fault.value !== null;
  return (
    <>
      <Top lost={lost} openConfiguration={() => go("configuration")} />
      {layout.value === "phone" && notice() !== null && (
        <button type="button" class="configbar" onClick={() => go("configuration")}>
          <span class="label">Configuration</span>
          <b>{notice()}</b>
        </button>
      )}
      {lost ? (
        <Lost />
      ) : broken && fault.value !== null ? (
        <BrokenBar fault={fault.value} />
      ) : !known.value ? (
        <NotKnownBar />
      ) : (
        page !== "alarms" && <Bar />
      )}
      {!known.value ? (
        <main class="waiting">
          <p>Reading the rig box</p>
        </main>
      ) : fault.value !== null && (page === "drilling" || page === "configuration") ? (
        <Broken fault={fault.value} />
      ) : page === "configuration" && configuration.value !== null ? (
        <Configuration of={configuration.value} />
      ) : page === "alarms" ? (
        <Alarms />
      ) : page === "link" ? (
        <Link />
      ) : (
        <Overview />
      )}
      {known.value && page === "drilling" && layout.value === "wide" && !broken && <Foot lost={lost} />}
      <Nav
        page={page}
        open={lost || !known.value || (broken && rig.value === null) ? null : unacknowledged(alarms.value)}
        theme={theme.value}
        go={go}
        turn={() => (theme.value = theme.value === "light" ? "dark" : "light")}
      />
      {askSignIn.value !== null && <Who />}
      {shelveAsk.value !== null && <ShelveDialog ask={shelveAsk.value} />}
    </>
  );
}

const zone = () => zoneOf(rig.value?.timeZone ?? "UTC");

/** What runs now may not be what the file says. */
const notice = () => configNotice(configuration.value, now.value.wall - (rig.value?.startedAt ?? now.value.wall));

function Top({ lost, openConfiguration }: { lost: boolean; openConfiguration: () => void }) {
  return (
    <TopBar
      rig={rig.value}
      state={state.value}
      values={goodValues()}
      link={fault.value === null || rig.value !== null ? link.value : null}
      person={person.value}
      wall={known.value ? now.value.wall : null}
      broken={fault.value !== null}
      noneSince={fault.value === null ? null : noneSince(fault.value)}
      notice={layout.value === "phone" ? null : notice()}
      openConfiguration={openConfiguration}
      clockSure={!known.value || clockState.value === "synchronised"}
      lostAt={lost && known.value ? heardAt.value : null}
      openPerson={() => (askSignIn.value = { after: null })}
    />
  );
}

/** A daemon that has just started has no value yet: said, so that nobody takes the empty screen for a dead rig. */
const STARTING_MS = 30_000;

function Bar() {
  const startedAt = rig.value?.startedAt ?? null;
  if (startedAt !== null && now.value.wall - startedAt < STARTING_MS && goodValues().good === 0) {
    return (
      <section class="alarmbar quiet" role="status">
        <div class="text">
          <strong>
            Rig box starting{lastValueAt.value === 0 ? "" : `, last value ${zone().time(lastValueAt.value)}`}
          </strong>
        </div>
      </section>
    );
  }
  const first = alarms.value.some(({ alarm }) => sending.value.has(alarm));
  return (
    <AlarmBar
      alarms={still((some) => some)}
      now={now.value.wall}
      timeText={zone().time}
      system={system.value}
      valueNow={valueNow}
      sourceOf={sourceOf}
      sending={first}
      stillWhy={whyStill}
      acknowledge={acknowledge}
      trouble={trouble.value}
    />
  );
}

/** In the alarm bar's place until the rig box has told its alarms. */
function NotKnownBar() {
  return (
    <section class="alarmbar quiet" aria-label="Alarms" aria-live="polite">
      <div class="text">
        <strong>Alarms are not known yet</strong>
      </div>
      <PriorityCounts alarms={null} />
    </section>
  );
}

function Lost() {
  return (
    <ScreenLostBar
      what="the rig box"
      age={known.value ? spanText(live.silentFor.value ?? 0) : null}
      nextTryS={live.nextTryS.value}
      advice="Read the driller's gauges. Alarms cannot reach this screen. Check the panel's network cable."
      tryNow={live.tryNow}
    />
  );
}

function Foot({ lost }: { lost: boolean }) {
  return lost ? (
    <LostFoot lostAt={heardAt.value} attempts={live.attempts.value} zone={zone()} />
  ) : (
    <LinkFoot link={link.value} storage={storage.value} wall={now.value.wall} zone={zone()} />
  );
}

function Who() {
  return (
    <PersonDialog
      person={person.value}
      system={system.value}
      panel={panel.value}
      setSystem={(next) => (system.value = next)}
      setPanel={(next) => (panel.value = next)}
      signIn={signIn}
      signOut={signOut}
      close={(signedIn) => {
        const after = askSignIn.value?.after ?? null;
        askSignIn.value = null;
        if (signedIn) after?.();
      }}
    />
  );
}

followSettings();
startSecond();
followTouch();
followSession();
const root = document.getElementById("screen");
if (root !== null) render(<Screen />, root);
