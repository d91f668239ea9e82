import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import type { RigEventRow } from "../../../../shared/domain/api-events.ts";
import type { RigSummary, RigTag } from "../../../../shared/domain/api-rigs.ts";
import type { Zone } from "../../../../shared/ui/format.ts";
import type { System } from "../../../../shared/ui/units.ts";
import type { Past } from "../past.ts";
import type { Present } from "../rig-live.ts";
import type { ToldSpans } from "../spans.ts";
import type { StateRun } from "../states.ts";

/** What a chart and its panels are drawn from. */
export interface ChartProps {
  rig: RigSummary;
  past: Past;
  tags: ReadonlyMap<string, RigTag>;
  values: ReadonlyMap<string, Present>;
  /** Those that are of now; empty while nobody knows. */
  alarms: readonly AlarmState[];
  bounds: { from: number; to: number; edge: number };
  /** The span ends now and goes on. */
  live: boolean;
  now: number;
  /** Nothing is live: the line or the rig is silent. */
  lost: boolean;
  /** Times that are labelled. */
  ticks: readonly number[];
  cursor: number | null;
  setCursor: (at: number | null) => void;
  valueAtCursor: (tag: string) => number | null;
  told: ToldSpans;
  events: readonly RigEventRow[];
  runs: readonly StateRun[];
  zone: Zone;
  offset: string;
  system: System;
  theme: string;
}
