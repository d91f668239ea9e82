import { useState } from "preact/hooks";
import type { Person } from "../../../../shared/domain/api.ts";
import { wordsOf } from "../../../../shared/ui/keep-asking.ts";
import { roleWords } from "../parts/Rail.tsx";
import { Segments } from "../parts/Segments.tsx";
import { Times, Units } from "../parts/ShownAs.tsx";
import { signOut } from "../session.ts";
import { system, theme, times } from "../settings.ts";

/** Who is signed in, how they like the screen, and the way out. */
export function Account({ person }: { person: Person }) {
  const [trouble, setTrouble] = useState<string | null>(null);
  const out = () => signOut().catch((error: unknown) => setTrouble(wordsOf(error)));
  return (
    <main class="account">
      <header class="head">
        <h1>{person.username}</h1>
        <small class="under">
          {roleWords(person.role)}, {person.rigs === "all" ? "all rigs" : `${person.rigs.length} rigs`}
        </small>
      </header>
      <section class="card">
        <h2>This browser shows</h2>
        <Choice word="Light">
          <Segments
            label="Light"
            chosen={theme.value}
            options={[
              ["light", "Day"],
              ["dark", "Night"],
            ]}
            choose={(next) => (theme.value = next)}
          />
        </Choice>
        <Choice word="Units">
          <Units chosen={system.value} choose={(next) => (system.value = next)} />
        </Choice>
        <Choice word="Times">
          <Times chosen={times.value} choose={(next) => (times.value = next)} />
        </Choice>
      </section>
      <button type="button" onClick={out}>
        Sign out
      </button>
      <p class="trouble" role="alert">
        {trouble}
      </p>
      <p class="label">Keys: / find, g f fleet, g a alarms, j k rows, ← → cursor, Esc close.</p>
    </main>
  );
}

function Choice({ word, children }: { word: string; children: preact.ComponentChildren }) {
  return (
    <div class="choice">
      <span>{word}</span>
      {children}
    </div>
  );
}
