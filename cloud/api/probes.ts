import type { HealthState, Probe } from "../../shared/domain/api.ts";

/** How a dependency is asked. What it throws makes it unhealthy. */
export interface Check {
  name: string;
  /** Without it nothing can be served. */
  needed: boolean;
  ask(): Promise<{ status: Probe["status"]; message: string }> | { status: Probe["status"]; message: string };
}

export interface Probes {
  /** Asks all at once; none may take longer than a second. */
  run(): Promise<(Probe & { needed: boolean })[]>;
}

export function probesOf(checks: readonly Check[], longestMs = 900): Probes {
  return { run: () => Promise.all(checks.map((check) => probe(check, longestMs))) };
}

/** One word for all. What is not needed can only degrade. */
export function overall(probes: readonly (Probe & { needed: boolean })[]): HealthState {
  if (probes.some(({ status, needed }) => needed && status === "unhealthy")) return "unhealthy";
  return probes.some(({ status }) => status === "unhealthy" || status === "degraded") ? "degraded" : "healthy";
}

async function probe({ name, needed, ask }: Check, longestMs: number): Promise<Probe & { needed: boolean }> {
  const began = performance.now();
  const answer = await Promise.race([asked(ask), late(longestMs)]);
  return { name, needed, ...answer, tookMs: Math.round((performance.now() - began) * 10) / 10 };
}

async function asked(ask: Check["ask"]): Promise<{ status: Probe["status"]; message: string }> {
  try {
    return await ask();
  } catch (error) {
    // The kind only: messages of the database name paths.
    const code = error instanceof Error && "code" in error ? String(error.code) : "no answer";
    return { status: "unhealthy", message: code };
  }
}

function late(longestMs: number): Promise<{ status: "unhealthy"; message: string }> {
  return new Promise((resolve) => {
    setTimeout(() => resolve({ status: "unhealthy", message: `no answer in ${longestMs} ms` }), longestMs).unref();
  });
}
