import { useEffect, useRef, useState } from "preact/hooks";

/** What came of an act: done, refused with the reason, or not known with what to do about it. */
export type Outcome = { done: true } | { refused: string } | { unknown: string };

export interface ConfirmHoldProps {
  /** What it does, after "Hold 2 s: ". */
  label: string;
  seconds: number;
  /** Why it cannot be done now; null where it can. */
  off: string | null;
  /** What has to come first (signing in): done at a touch, and nothing else. */
  first: (() => void) | null;
  act: () => Promise<Outcome>;
}

/** An act that needs a hand that stays: the bar grows while it is held (a pointer, Enter or Space); released early nothing happens. Never optimistic. */
export function ConfirmHold({ label, seconds, off, first, act }: ConfirmHoldProps) {
  const [stage, setStage] = useState<"rest" | "held" | "sending">("rest");
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const there = useRef(true);
  useEffect(() => {
    there.current = true;
    return () => {
      there.current = false;
      clearTimeout(timer.current);
    };
  }, []);

  async function send() {
    setStage("sending");
    const came = await act();
    if (!there.current) return;
    setStage("rest");
    setOutcome(came);
  }
  function press() {
    if (stage !== "rest" || off !== null) return;
    if (first !== null) return first();
    setOutcome(null);
    setStage("held");
    timer.current = setTimeout(() => void send(), seconds * 1_000);
  }
  function release() {
    clearTimeout(timer.current);
    setStage((now) => (now === "held" ? "rest" : now));
  }
  const holds = (key: string) => key === "Enter" || key === " ";

  return (
    <div class="hold">
      <button
        type="button"
        class={`main ${stage}`}
        disabled={off !== null || stage === "sending"}
        onPointerDown={(event) => event.button === 0 && press()}
        onPointerUp={release}
        onPointerLeave={release}
        onPointerCancel={release}
        onKeyDown={(event) => {
          if (!holds(event.key)) return;
          event.preventDefault();
          if (!event.repeat) press();
        }}
        onKeyUp={(event) => holds(event.key) && release()}
        onBlur={release}
        onContextMenu={(event) => event.preventDefault()}
      >
        <span>{stage === "sending" ? "Sent. Waiting for the rig box" : `Hold ${seconds} s: ${label}`}</span>
        <span class="bar" style={{ transitionDuration: stage === "held" ? `${seconds}s` : "0s" }} />
      </button>
      <p class={`label ${outcome === null || "done" in outcome ? "" : "trouble"}`} role="status">
        {off ?? outcomeText(outcome)}
      </p>
    </div>
  );
}

function outcomeText(outcome: Outcome | null): string {
  if (outcome === null) return "";
  if ("done" in outcome) return "Done.";
  return "refused" in outcome ? `Refused: ${outcome.refused}` : `Not known: ${outcome.unknown}`;
}
