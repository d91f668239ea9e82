import { join } from "node:path";
import { startClockwork } from "./clockwork.ts";
import type { Ledger } from "./ledger.ts";
import { openMemory } from "./memory.ts";
import { openImage } from "./modbus/image.ts";
import { registerMap } from "./modbus/map.ts";
import { startModbusServer } from "./modbus/server.ts";
import { loggerNodes } from "./opcua/nodes.ts";
import type { OpcuaServer } from "./opcua/server.ts";
import type { Options } from "./options.ts";
import { rigTags } from "./physics/sensors.ts";
import { simulate } from "./physics/simulate.ts";
import { witness } from "./served.ts";
import { floatOfTick } from "./tick.ts";

/** Columns of the registers: the rig's tags, then the tick counter and its proof. */
export const columns: readonly string[] = [...rigTags, "tick", "tick_proof"];

export interface Running {
  /** Where it listens; null for a server that is off. */
  ports: { modbus: number; opcua: number | null };
  stop(): Promise<void>;
}

/** A mud logger is slower than a PLC. */
const LOGGER_MS = 1_000;

async function startLogger(options: Options, port: number): Promise<OpcuaServer> {
  const { startOpcuaServer } = await import("./opcua/server.ts");
  const folder = join(options.data, "rig", "pki");
  return startOpcuaServer({ nodes: loggerNodes, columns, folder, port, host: options.host });
}

/**
 * The simulated rig behind real servers. The tick counter starts at the clock's (ticks since 1970, 32 bits), so that a
 * rig that is started again does not show an old tick; the hole is as deep as it was left.
 */
export async function startRig(options: Options, ledger: Ledger): Promise<Running> {
  const memory = openMemory(join(options.data, "rig"));
  const { seed, rate, speed, faults } = options;
  const simulation = simulate({ seed, hz: rate / speed, faults, startDepth: memory.depth });
  const image = openImage(registerMap, columns);
  const values = new Float64Array(columns.length);
  const missing = new Uint8Array(columns.length);
  const proof = columns.length - 1;
  let tick = Math.floor((Date.now() / 1_000) * rate) >>> 0;
  let active = "";
  let hole = memory.depth;

  function beat(): void {
    const sample = simulation.next();
    const at = Date.now();
    tick = (tick + 1) >>> 0;
    values.set(sample.values);
    missing.set(sample.missing);
    values[proof - 1] = tick;
    values[proof] = floatOfTick(tick);
    image.show(values, missing);
    ledger.write({ k: "tick", at, tick });
    hole = sample.truth.process.hole;
    const now = sample.truth.active.join(" ");
    if (now !== active) ledger.write({ k: "fault", at, time: sample.time, active: sample.truth.active });
    active = now;
  }

  beat();
  const modbus = await startModbusServer({
    image,
    port: options.modbus,
    host: options.host,
    misbehave: options.misbehave,
    onRequest: witness(ledger, registerMap, (column) => (column === "tick" ? { tick } : undefined)),
  });
  const clockwork = startClockwork(1_000 / rate, beat);
  // Loaded only where it is used: it takes seconds.
  const opcua = options.opcua === undefined ? undefined : await startLogger(options, options.opcua);
  const showLogger = () => {
    const at = Date.now();
    opcua?.show(values, missing, at);
    if (opcua) ledger.write({ k: "logger", at, tick });
    memory.keep(hole);
  };
  showLogger();
  const logging = startClockwork(LOGGER_MS, showLogger);
  return {
    ports: { modbus: modbus.port, opcua: opcua?.port ?? null },
    async stop() {
      clockwork.stop();
      logging.stop();
      memory.keep(hole);
      await Promise.all([modbus.close(), opcua?.close()]);
    },
  };
}
