import { useEffect, useRef, useState } from "preact/hooks";
import type { HmiPerson } from "../../../../shared/domain/hmi.ts";
import type { System } from "../../../../shared/ui/units.ts";
import type { Panel } from "../settings.ts";

export interface PersonDialogProps {
  person: HmiPerson | null;
  system: System;
  panel: Panel;
  setSystem: (system: System) => void;
  setPanel: (panel: Panel) => void;
  signIn: (name: string, password: string) => Promise<string | null>;
  signOut: () => Promise<void>;
  close: (signedIn: boolean) => void;
}

/** Who acts at this station, and how this panel shows things. */
export function PersonDialog(props: PersonDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="who" onClose={() => props.close(false)}>
      {props.person === null ? <SignInForm {...props} /> : <SignedIn {...props} person={props.person} />}
      <fieldset>
        <legend>Units on this panel</legend>
        <Choice
          now={props.system}
          options={[
            ["field", "Field"],
            ["si", "Metric"],
          ]}
          choose={props.setSystem}
        />
      </fieldset>
      <fieldset>
        <legend>Panel size</legend>
        <Choice
          now={props.panel}
          options={[
            ["12 inch", "12 inch"],
            ["10 inch", "10 inch, larger"],
          ]}
          choose={props.setPanel}
        />
      </fieldset>
      <button type="button" onClick={() => props.close(false)}>
        Close
      </button>
    </dialog>
  );
}

function SignInForm({ signIn, close }: PersonDialogProps) {
  const [trouble, setTrouble] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const [caps, setCaps] = useState(false);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const data = new FormData(form);
    setAsking(true);
    const reason = await signIn(String(data.get("name") ?? ""), String(data.get("password") ?? ""));
    setAsking(false);
    if (reason === null) close(true);
    else setTrouble(reason);
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <h2 id="who">Sign in at this station</h2>
      <p class="label">Looking needs nobody. Acknowledging and shelving do. Works without the cloud.</p>
      <label>
        Name
        <input name="name" autocomplete="username" required defaultValue="operator" />
      </label>
      <label>
        Password
        <input
          name="password"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          onKeyUp={(event) => setCaps(event.getModifierState("CapsLock"))}
        />
      </label>
      <p class="trouble" role="alert">
        {trouble ?? (caps ? "Caps Lock is on." : "")}
      </p>
      <button type="submit" class="main" disabled={asking}>
        {asking ? "Signing in" : "Sign in"}
      </button>
    </form>
  );
}

function SignedIn({ person, signOut, close }: PersonDialogProps & { person: HmiPerson }) {
  return (
    <div class="form">
      <h2 id="who">{person.name}</h2>
      <p class="label">
        Signed in at the {person.station} as {person.role}. A session ends after 12 h.
      </p>
      <button type="button" class="main" onClick={() => void signOut().then(() => close(false))}>
        Sign out
      </button>
    </div>
  );
}

function Choice<T extends string>({
  now,
  options,
  choose,
}: {
  now: T;
  options: readonly (readonly [T, string])[];
  choose: (value: T) => void;
}) {
  return (
    <div class="choice">
      {options.map(([value, word]) => (
        <button type="button" key={value} aria-pressed={value === now} onClick={() => choose(value)}>
          {word}
        </button>
      ))}
    </div>
  );
}
