import { spawn, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** Why system calls of a running process cannot be made to fail here; null where they can. */
export function tracingMissing(): string | null {
  return spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0 ? null : "no strace that may trace";
}

/** For so many ms, what `inject` says happens to a process's calls (`fsync:error=EIO`, counted in each thread by itself). */
export async function injecting(pid: number, inject: string, ms: number): Promise<void> {
  const [calls] = inject.split(":");
  const tracer = spawn(
    "strace",
    ["-f", "-qq", "-o", "/dev/null", "-p", String(pid), "-e", `trace=${calls}`, "-e", `inject=${inject}`],
    { stdio: "ignore" },
  );
  const ended = new Promise((done) => tracer.once("exit", done));
  await sleep(ms);
  tracer.kill("SIGINT");
  await ended;
}

/** A command that runs a program, keeping its process id, in which something happens to its calls from the start. */
export function underInjection(inject: string): string[] {
  const [calls] = inject.split(":");
  // Faster, since other calls are not stopped at; but then no signal comes.
  const filter = inject.includes("signal=") ? [] : ["--seccomp-bpf"];
  return [
    "strace",
    ...["-D", "-f", ...filter, "-qq", "-o", "/dev/null"],
    ...["-e", `trace=${calls}`, "-e", `inject=${inject}`],
  ];
}
