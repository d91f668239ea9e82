import { useEffect, useRef, useState } from "preact/hooks";

/** What came of a hold: done with what was read back, refused with its reason, or nobody knows. */
export type HoldOutcome =
  | { status: "done"; text: string }
  | { status: "refused"; reason: string }
  | { status: "unknown"; reason: string };

export interface ConfirmHoldProps {
  /** What it does, without the word hold: "go back to version 42". */
  label: string;
  seconds?: number;
  /** Why it cannot be done now; null when it can. */
  off?: string | null;
  act: () => Promise<HoldOutcome>;
}

type Phase = "ready" | "holding" | "sending" | HoldOutcome;

/** A button that acts after it was held for some seconds (finger, mouse, Enter or Space); released early it does nothing. Never optimistic: shows what came back. */
export function ConfirmHold({ label, seconds = 1.5, off = null, act }: ConfirmHoldProps) {
  const [phase, setPhase] = useState<Phase>("ready");
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  function press() {
    if (off !== null || phase === "holding" || phase === "sending") return;
    setPhase("holding");
    timer.current = setTimeout(() => void send(), seconds * 1_000);
  }
  function release() {
    clearTimeout(timer.current);
    setPhase((now) => (now === "holding" ? "ready" : now));
  }
  async function send() {
    setPhase("sending");
    try {
      setPhase(await act());
    } catch {
      setPhase({ status: "unknown", reason: "no reply" });
    }
  }

  const held = (key: string) => key === "Enter" || key === " ";
  return (
    <span class="holdbox">
      <button
        type="button"
        class={`hold ${typeof phase === "string" ? phase : phase.status}`}
        disabled={off !== null}
        onPointerDown={press}
        onPointerUp={release}
        onPointerLeave={release}
        onPointerCancel={release}
        onKeyDown={(event) => held(event.key) && !event.repeat && press()}
        onKeyUp={(event) => held(event.key) && release()}
        onContextMenu={(event) => event.preventDefault()}
      >
        {phase === "holding" && <i class="grow" style={{ animationDuration: `${seconds}s` }} />}
        {wordsOf(phase, label, seconds)}
      </button>
      {off !== null && <small>{off}</small>}
    </span>
  );
}

function wordsOf(phase: Phase, label: string, seconds: number): string {
  if (phase === "ready") return `Hold ${seconds} s: ${label}`;
  if (phase === "holding") return "Keep holding";
  if (phase === "sending") return "Sending";
  return phase.status === "done"
    ? `Done, ${phase.text}`
    : phase.status === "refused"
      ? `Refused: ${phase.reason}`
      : `Unknown, ${phase.reason}`;
}
