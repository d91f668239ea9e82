import { useEffect, useState } from "preact/hooks";
import type { AboutAnswer } from "../../../../shared/domain/api.ts";
import { Sign } from "../parts/Icon.tsx";
import { Refusal, signIn } from "../session.ts";

/** Who are you? Says the same of an unknown name and a wrong password. */
export function SignIn() {
  const [shown, show] = useState(false);
  const [caps, setCaps] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const watchCaps = (event: KeyboardEvent) => setCaps(event.getModifierState("CapsLock"));

  async function submit(event: SubmitEvent & { currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await signIn(String(fields.get("username") ?? ""), String(fields.get("password") ?? ""));
    } catch (error) {
      setTrouble(troubleOf(error));
      setBusy(false);
    }
  }

  return (
    <main class="signin">
      <header>
        <p class="sign">
          <Sign size={22} /> i-Drill Edge
        </p>
        <p>office console</p>
      </header>
      <form class="card" onSubmit={submit}>
        <h1>Sign in</h1>
        <label for="username">Name</label>
        <input
          id="username"
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          autofocus
        />
        <label for="password">Password</label>
        <span class="password">
          <input
            id="password"
            name="password"
            {...(shown ? ({ type: "text" } as const) : ({ type: "password" } as const))}
            autocomplete="current-password"
            required
            onKeyDown={watchCaps}
            onKeyUp={watchCaps}
            onBlur={() => setCaps(false)}
          />
          <button type="button" aria-pressed={shown} onClick={() => show(!shown)}>
            {shown ? "Hide" : "Show"}
            <span class="hidden"> the password</span>
          </button>
        </span>
        <p class="caps" role="status">
          {caps && (
            <>
              <span class="keycap" aria-hidden="true">
                ⇪
              </span>{" "}
              Caps Lock is on
            </>
          )}
        </p>
        <p class="trouble" role="alert">
          {trouble}
        </p>
        <button type="submit" class="main" disabled={busy}>
          {busy ? "Signing in" : "Sign in"}
        </button>
      </form>
      <p class="onrig">
        On a rig? Open the rig's own address on its network. Signing in there works without the cloud.
      </p>
      <ServiceState />
    </main>
  );
}

function troubleOf(error: unknown): string {
  if (!(error instanceof Refusal)) return String(error);
  if (error.status === 401) return "Name or password is wrong.";
  if (error.status === 0) return "The office server does not answer. Try again in a moment.";
  return error.waitS === null ? `${error.message}.` : `Too many tries. Wait ${error.waitS} s.`;
}

/** Whether the service can do its work, asked each 10 s. */
function ServiceState() {
  const [about, set] = useState<AboutAnswer | "silent" | null>(null);
  useEffect(() => {
    const ask = () =>
      fetch("/", { headers: { accept: "application/json" } })
        .then((response) => response.json())
        .then(set, () => set("silent"));
    void ask();
    const timer = setInterval(ask, 10_000);
    return () => clearInterval(timer);
  }, []);
  const words = {
    healthy: "Service up",
    degraded: "Service up, some parts are not well",
    unhealthy: "Service not ready",
  };
  return (
    <footer>
      {about !== null && about !== "silent" && <span>Version {about.version}</span>}
      <span role="status">
        {about === null ? "Asking the service" : about === "silent" ? "Service does not answer" : words[about.status]}
      </span>
    </footer>
  );
}
