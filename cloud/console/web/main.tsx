import { render } from "preact";
import { useEffect } from "preact/hooks";
import lazy from "preact-iso/lazy";
import { LocationProvider, Route, Router, useLocation } from "preact-iso/router";
import "../../../shared/ui/tokens.css";
import "../../../shared/ui/ui.css";
import "./styles/frame.css";
import "./styles/fleet.css";
import "./styles/rig.css";
import "./styles/lists.css";
import "./styles/sign-in.css";
import "./styles/small.css";
import "./styles/phone.css";
import type { Person } from "../../../shared/domain/api.ts";
import { startSecond } from "./clock.ts";
import { followFleet, rigs } from "./fleet.ts";
import { badgeOf } from "./fleet-order.ts";
import { followPairs, useKeys } from "./keys.ts";
import { lineSecond, serverSilent } from "./line.ts";
import { Account } from "./pages/Account.tsx";
import { Fleet } from "./pages/Fleet.tsx";
import { SignIn } from "./pages/SignIn.tsx";
import { Lost } from "./parts/Lost.tsx";
import { Rail } from "./parts/Rail.tsx";
import { person, resume } from "./session.ts";
import { followSettings } from "./settings.ts";

const Rig = lazy(() => import("./pages/Rig.tsx").then((page) => page.Rig));
const Alarms = lazy(() => import("./pages/Alarms.tsx").then((page) => page.Alarms));

function Screen() {
  if (person.value === undefined) return <main class="waiting">Asking the office server</main>;
  if (person.value === null) return <SignIn />;
  return (
    <LocationProvider>
      <Frame person={person.value} />
    </LocationProvider>
  );
}

function Frame({ person: who }: { person: Person }) {
  const { path, route } = useLocation();
  useEffect(followFleet, [who.username]);
  useKeys({ "g f": () => route("/"), "g a": () => route("/alarms") });
  return (
    <>
      <Rail
        path={path}
        person={who}
        rigs={rigs.value?.length ?? null}
        badge={badgeOf(rigs.value, serverSilent.value !== null)}
      />
      <div class="content">
        <Lost />
        <Router>
          <Route path="/" component={Fleet} />
          <Route path="/rigs/:rig/:tab?" component={Rig} />
          <Route path="/alarms" component={Alarms} />
          <Route path="/account" component={Account} person={who} />
          <Route default component={Nowhere} />
        </Router>
      </div>
    </>
  );
}

function Nowhere() {
  return (
    <main>
      <h1>There is no such page</h1>
      <p>
        <a href="/">Go to the fleet</a>
      </p>
    </main>
  );
}

followSettings();
followPairs();
startSecond(lineSecond);
// What is no answer leaves the question open; it is asked again until there is one.
const asking = setInterval(begin, 3_000);
async function begin() {
  try {
    await resume();
    clearInterval(asking);
    person.value ??= null;
  } catch {
    // Asked again; the page says that it asks.
  }
}
void begin();
const root = document.getElementById("screen");
if (root !== null) render(<Screen />, root);
