import type { AlarmState } from "./alarm.ts";

/** What people should know of an alarm beside its value: what is likely behind it, what follows if nobody acts, and what to do. */
export interface Advice {
  cause?: string | undefined;
  consequence?: string | undefined;
  action?: string | undefined;
}

/** Texts by alarm, as the rig's configuration has them; see `adviceKey`. */
export type AdviceByAlarm = Readonly<Record<string, Advice>>;

/** Under which name an alarm's own text stands: the alarm's, for a score with the input that leads it and the side on which that is off. */
export function adviceKey({
  alarm,
  condition,
  evidence,
}: Pick<AlarmState, "alarm" | "condition" | "evidence">): string {
  const lead = evidence?.[0];
  if (condition !== "score" || lead?.residual === undefined) return alarm;
  return scoreKey(alarm, lead.name, lead.residual < 0 ? "below" : "above");
}

export function scoreKey(alarm: string, input: string, side: "below" | "above"): string {
  return `${alarm}:${input}:${side}`;
}

/** What is known of an alarm: each text of the rig's own where there is one, else the product's for its kind of trouble. */
export function adviceOf(alarm: AlarmState, own: AdviceByAlarm): Advice {
  const trouble = alarm.trouble ?? usual[alarm.condition];
  const built = trouble !== undefined ? troubleAdvice[trouble] : alarm.condition === "score" ? misfit : {};
  return { ...built, ...own[adviceKey(alarm)] };
}

/** What it is where the alarm does not say. */
const usual: Partial<Record<AlarmState["condition"], NonNullable<AlarmState["trouble"]>>> = {
  link: "silent",
  quality: "no good value",
};

const misfit: Advice = {
  cause: "The values do not fit each other as they did in normal drilling",
  consequence: "A fault may grow that no single limit shows yet",
  action: "Compare the value that drives it with a gauge, then look for what changed",
};

/** The product's own texts for what is no limit: the same on every rig. */
const troubleAdvice: Readonly<Record<NonNullable<AlarmState["trouble"]>, Advice>> = {
  silent: {
    cause: "Device without power, cable or switch, or its address changed",
    consequence: "None of its values can be seen or alarmed on",
    action: "Use the device's own gauges. Check its power and network, then call the technician",
  },
  "partly silent": {
    cause: "A module behind the device, or an address that it does not have",
    consequence: "The missing values are not alarmed on",
    action: "See which values are missing. Check that module, then call the technician",
  },
  "no good value": {
    cause: "Broken sensor, loose wire, or a value outside what is possible",
    consequence: "Its limits cannot be judged",
    action: "Use another gauge for it. Have the sensor and its wiring checked",
  },
  "stands still": {
    cause: "Frozen transmitter, plugged line, or the PLC repeats an old value",
    consequence: "A real change would not be seen",
    action: "Compare with another gauge. Have the sensor checked",
  },
  "no score": {
    cause: "The model does not run, or has no ticks to judge",
    consequence: "Faults that no single limit shows are not looked for",
    action: "Go on by limits and gauges. Tell the office",
  },
  "not stored": {
    cause: "The rig box's disk is full, read-only or failing",
    consequence: "Readings are kept in memory for a while, then lost to history and office, with a gap that says so",
    action: "Go on by this screen. Call the technician about the rig box's disk",
  },
  "journal damaged": {
    cause: "The rig box's disk gave back something else than was written, or lost part of it",
    consequence:
      "What still reads is taken over; the rest of the history is missing unless the office has it, and shows as gaps",
    action:
      "Go on by this screen: new readings are stored. Have the rig box's disk checked, and keep the file named here",
  },
  "key lost": {
    cause: "The file with the rig box's key was damaged",
    consequence: "Nothing goes to the office; it is all stored here and sent later",
    action: "Ask the office for a new claim token and start the rig box with it",
  },
};
