import { randomOf } from "../physics/random.ts";
import { rigTags } from "../physics/sensors.ts";
import { simulate } from "../physics/simulate.ts";

/** A made-up recording with every defect that real ones have, and how often each comes. */
export interface SampleDay {
  csv: string;
  rows: { drilling: number; chromatograph: number; unknown: number };
  cells: { sentinel: number; nan: number; empty: number; text: number };
  /** Rows whose time is before that of the row above. */
  backward: number;
}

const START = Date.UTC(2026, 1, 18, 19, 50, 0);
const OFFSET_MINUTES = -360;
const drilling = ["hook_load", "wob", "rpm", "torque", "mud_pressure", "mud_flow", "depth", "rop", "pit_volume"];
/** Rig units to the file's: klbf, kft·lbf. */
const thousands = new Set(["hook_load", "wob", "torque"]);
const HEAD = ` Rec,Date,Time,"Hook Load, klbf",WOB,RPM,Torque,SPP,Flow In,Depth,ROP,Pit Vol,SPARE,Total Gas,C1,C1`;
const GAP_AT = 0.5;
const GAP_S = 40;

/**
 * `seconds` of drilling rows ("D", one a second, US 12-hour local time without a zone) with chromatograph rows ("C",
 * each third second, stamped 2 s earlier) between them; sentinels, NAN, empty cells, a text, a spare column, a gap,
 * a doubled stamp and a row of a type that no map knows. The same seed gives the same bytes.
 */
export function sampleDay(seed: number, seconds: number): SampleDay {
  const simulation = simulate({ seed });
  const random = randomOf(seed ^ 0xdefec7);
  const cells = { sentinel: 0, nan: 0, empty: 0, text: 0 };
  const rows = { drilling: 0, chromatograph: 0, unknown: 0 };
  const lines = [HEAD];
  let backward = 0;

  const spoilt = (text: string): string => {
    const draw = random.next();
    if (draw < 0.01) return count("sentinel", "-32768");
    if (draw < 0.02) return count("sentinel", "-999.25");
    if (draw < 0.03) return count("nan", "NAN");
    if (draw < 0.04) return count("empty", "");
    return text;
  };
  function count(what: keyof typeof cells, text: string): string {
    cells[what] += 1;
    return text;
  }

  for (let second = 0; second < seconds; second++) {
    const { values } = simulation.next();
    const shownBy = (tag: string) => (values[rigTags.indexOf(tag)] ?? Number.NaN) / (thousands.has(tag) ? 1_000 : 1);
    const gap = second >= seconds * GAP_AT ? GAP_S : 0;
    const doubled = second === 20 ? 1 : 0;
    const at = START + (second + gap - doubled) * 1_000;
    const shown = drilling.map((tag) => spoilt(String(Number(shownBy(tag).toFixed(3)))));
    if (second === 10) shown[2] = count("text", "CAL");
    count("sentinel", "");
    lines.push(`D,${stamp(at)},${shown.join(",")},-32768,,,`);
    rows.drilling += 1;
    if (second % 3 === 2) {
      const gas = shownBy("gas");
      const own = [gas, gas * 0.8, gas * 0.8].map((value) => spoilt(value.toFixed(3)));
      lines.push(`C,${stamp(at - 2_000)},${",".repeat(drilling.length)},${own.join(",")}`);
      rows.chromatograph += 1;
      backward += 1;
    }
    if (second === 30) {
      lines.push(`X,${stamp(at)}${",".repeat(drilling.length + 4)}`);
      rows.unknown += 1;
    }
  }
  return { csv: `${lines.join("\r\n")}\r\n`, rows, cells, backward };
}

function stamp(at: number): string {
  const local = new Date(at + OFFSET_MINUTES * 60_000);
  const two = (value: number) => String(value).padStart(2, "0");
  const hour = local.getUTCHours();
  const date = `${local.getUTCMonth() + 1}/${local.getUTCDate()}/${local.getUTCFullYear()}`;
  const clock = `${hour % 12 || 12}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`;
  return `${date},${clock} ${hour < 12 ? "AM" : "PM"}`;
}
