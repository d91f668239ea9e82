import ModbusSerial from "modbus-serial";
import type { ModbusDevice } from "../../../shared/domain/rig-config.ts";
import { CheckedPort, LinkFault } from "./port.ts";

/** The device answered, and refused: a code of the Modbus Application Protocol, section 7. */
export class DeviceException extends Error {
  readonly code: number;
  constructor(code: number, cause: Error) {
    super(cause.message, { cause });
    this.name = "DeviceException";
    this.code = code;
  }
}

/** One TCP connection, good until its first fault; then a new one is made. */
export interface Link {
  readonly open: boolean;
  /**
   * The data bytes of a read, checked against what was asked; valid until the next call.
   * Throws a `DeviceException`, or a `LinkFault` that also ends the connection.
   */
  read(unit: number, table: keyof typeof codes, from: number, count: number, timeoutMs: number): Promise<Uint8Array>;
  /** Ends the connection; all that waits fails with this fault. */
  fail(fault: LinkFault): void;
}

const codes = { coil: 1, discrete: 2, holding: 3, input: 4 } as const;

/** Connects within `timeoutMs` and before the signal aborts, or throws a `LinkFault`. */
export async function openLink(
  device: Pick<ModbusDevice, "host" | "port">,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Link> {
  const port = new CheckedPort(device.host, device.port);
  const client = new ModbusSerial.default(port);
  const waiting = new Set<(fault: LinkFault) => void>();
  port.onFault = (fault) => {
    for (const reject of waiting) reject(fault);
    waiting.clear();
  };
  signal.addEventListener("abort", () => port.fail(new LinkFault("not polled", "stopped")), { once: true });

  /** Settles by the answer, by the deadline or with the connection, whichever is first. */
  function within<T>(
    ms: number,
    late: () => LinkFault,
    ask: (settle: (error: Error | null, value?: T) => void) => void,
  ) {
    return new Promise<T>((resolve, reject) => {
      const done = (fault: Error) => {
        clearTimeout(timer);
        waiting.delete(done);
        reject(fault);
      };
      const timer = setTimeout(() => port.fail(late()), ms);
      waiting.add(done);
      ask((error, value) => {
        if (error !== null || value === undefined) return done(error ?? new LinkFault("malformed answer", "empty"));
        clearTimeout(timer);
        waiting.delete(done);
        resolve(value);
      });
    });
  }

  await within<true>(
    timeoutMs,
    () => new LinkFault("no connection", `no connection within ${timeoutMs} ms`),
    (settle) => client.open(() => settle(null, true)),
  );

  return {
    get open() {
      return port.isOpen;
    },
    read(unit, table, from, count, ms) {
      if (!port.isOpen) return Promise.reject(new LinkFault("no connection", "the connection is closed"));
      port.foreign = false;
      const late = () =>
        port.foreign
          ? new LinkFault("foreign answer", "only answers to other requests came")
          : new LinkFault("no answer in time", `no answer within ${ms} ms`);
      return within<Uint8Array>(ms, late, (settle) => {
        const next = (error: unknown, answer: { buffer: Buffer } | undefined) =>
          settle(error instanceof Error ? exceptionOr(error) : null, answer?.buffer);
        ask(client, codes[table], unit, from, count, next);
      });
    },
    fail: (fault) => port.fail(fault),
  };
}

type Next = (error: unknown, answer: { buffer: Buffer } | undefined) => void;

function ask(client: ModbusSerial.default, code: number, unit: number, from: number, count: number, next: Next): void {
  if (code === 1) client.writeFC1(unit, from, count, next);
  else if (code === 2) client.writeFC2(unit, from, count, next);
  else if (code === 3) client.writeFC3(unit, from, count, next);
  else client.writeFC4(unit, from, count, next);
}

/** modbus-serial names an exception of the device by `modbusCode`; all else is an answer that it does not accept. */
function exceptionOr(error: Error): Error {
  if ("modbusCode" in error && typeof error.modbusCode === "number")
    return new DeviceException(error.modbusCode, error);
  return new LinkFault("malformed answer", error.message, { cause: error });
}
