import { Block, rawNumber } from "../../../shared/domain/reading.ts";
import { kindOf } from "../../../shared/domain/register.ts";
import type { ModbusDevice } from "../../../shared/domain/rig-config.ts";
import { representationOf } from "../../../shared/domain/tag.ts";
import type { Probe } from "../driver.ts";
import { decode } from "./decode.ts";
import type { Dial } from "./dial.ts";
import { DeviceException } from "./link.ts";
import { itemsOf } from "./plan.ts";
import { LinkFault } from "./port.ts";

const exceptionAdvice: Record<number, string> = {
  1: "The device does not know this function: try the other table.",
  2: "No such address: check it; some manuals count from 1, or write 40001 for holding register 0.",
  3: "The device refuses this length: lower maxRegisters.",
  4: "The device has a fault of its own.",
  6: "The device is busy: poll it less often.",
  10: "The gateway has no way to this unit.",
  11: "The unit behind the gateway gives no answer: check unitId, wiring and power.",
};

const faultAdvice: Record<string, string> = {
  "no connection": "Check address, port, cable and whether the device takes another connection.",
  "no answer in time": "It is connected but silent: check unitId, or raise timeoutMs.",
  "foreign answer": "Something else answers: check unitId and that no other gateway shares the address.",
};

/** Asks each address once by itself, between two polls, and says what came of it, in the order of the configuration. */
export async function* probeAll(
  device: ModbusDevice,
  dial: Dial,
  alone: <T>(work: () => Promise<T>) => Promise<T>,
  signal: AbortSignal,
): AsyncGenerator<Probe> {
  for (const item of itemsOf(device)) {
    const tag = device.tags[item.tag];
    if (tag === undefined || signal.aborted) return;
    const address = `unit ${item.unit} ${item.table} ${item.from}`;
    const began = performance.now();
    const about = { tag: tag.name, address };
    try {
      const data = await alone(async () => {
        dial.begin(1);
        const link = await dial.link();
        return link.read(item.unit, item.table, item.from, item.to - item.from, device.timeoutMs);
      });
      yield { ...about, ok: true, ms: performance.now() - began, raw: shown(tag, data), advice: "" };
    } catch (error) {
      yield { ...about, ok: false, ms: performance.now() - began, raw: null, advice: adviceOn(error) };
    }
  }
}

function shown(tag: ModbusDevice["tags"][number], data: Uint8Array): string {
  const { type, order, words, table } = tag.register;
  const block = new Block(1);
  decode([{ tag: 0, at: 0, type, order, words, bits: table === "coil" || table === "discrete" }], data, 0, block);
  return block.texts[0] ?? String(rawNumber(block, 0, representationOf(kindOf(tag))));
}

function adviceOn(error: unknown): string {
  if (error instanceof DeviceException) return exceptionAdvice[error.code] ?? error.message;
  if (error instanceof LinkFault) return `${error.message}. ${faultAdvice[error.reason] ?? ""}`.trim();
  throw error;
}
