import { spawn, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** What the trial said, once it was made: nothing where all is there. */
let tried: string | undefined;

/** Why system calls of a running process cannot be made to fail here; null where they can. Only a trial tells: a kernel may refuse a tracer. */
export function tracingMissing(): string | null {
  tried ??= trial();
  return tried === "" ? null : tried;
}

function trial(): string {
  const [command = "", ...words] = underInjection("fsync:error=EIO");
  const under = spawnSync(command, [...words, "true"], { encoding: "utf8" });
  if (under.status !== 0) return `no strace that may trace: ${(under.stderr ?? String(under.error)).trim()}`;
  const victim = spawn("sleep", ["20"], { stdio: "ignore" });
  try {
    const attach = ["-qq", "-o", "/dev/null", "-p", String(victim.pid), "-e", "trace=fsync"];
    const { stderr, signal } = spawnSync("strace", attach, { encoding: "utf8", timeout: 1_000, killSignal: "SIGINT" });
    // It traces until it is told to end; where it may not, it ends by itself.
    return signal === "SIGINT" || stderr === "" ? "" : `no strace that may attach: ${stderr.trim()}`;
  } finally {
    victim.kill();
  }
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
