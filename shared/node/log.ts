import pino from "pino";

/**
 * Structured lines on standard output. error: data lost or a person must act. warn: unexpected, nothing lost. info: start, stop, connection up or down, configuration changed.
 * Normal operation logs nothing. Secrets never reach it.
 */
export type Log = Pick<pino.Logger, "error" | "warn" | "info" | "debug">;

export function openLog(program: "rig" | "edge" | "cloud", level = "info"): Log {
  return pino({ name: program, level, base: { program }, timestamp: pino.stdTimeFunctions.isoTime });
}
