/** Calls `beat` every `ms`, without drift: what a slow beat costs, the next pause gives back; after a long stop it starts anew rather than hurry. */
export function startClockwork(ms: number, beat: () => void): { stop(): void } {
  let due = performance.now() + ms;
  let timer = setTimeout(run, ms);
  function run(): void {
    beat();
    const now = performance.now();
    due = now - due > 1_000 ? now + ms : due + ms;
    timer = setTimeout(run, Math.max(0, due - now));
  }
  return { stop: () => clearTimeout(timer) };
}
