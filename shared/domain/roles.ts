/** Who may do what. Sets, not a ladder: a role has exactly the actions that stand here. */
export const roles = ["admin", "engineer", "operator", "maintenance", "viewer", "data_scientist"] as const;
export type Role = (typeof roles)[number];

/** What a person may do, and the roles that may (on the rigs granted to them). */
export const actions = {
  read: ["admin", "engineer", "operator", "maintenance", "viewer", "data_scientist"],
  ingest: ["admin", "engineer"],
  predict: ["admin", "engineer", "operator", "maintenance", "data_scientist"],
  manageModels: ["admin", "data_scientist"],
  acknowledgeAlarm: ["admin", "engineer", "operator"],
  shelveAlarm: ["admin", "engineer", "operator"],
  maintain: ["admin", "engineer", "maintenance"],
  manageWells: ["admin", "engineer"],
  /** Ask a rig for a span or tags that it would send later: it costs its link. */
  askRig: ["admin", "engineer"],
  changeLimits: ["admin", "engineer"],
  requestChange: ["admin", "engineer", "operator"],
  approveChange: ["admin", "engineer"],
  pushConfig: ["admin"],
  administer: ["admin"],
  /** At the rig: run the configuration that ran before, or the file that was mended. Whoever is there must be able to get values back. */
  chooseConfig: ["admin", "engineer", "operator", "maintenance"],
  editDevices: ["admin", "engineer", "maintenance"],
} as const satisfies Record<string, readonly Role[]>;
export type Action = keyof typeof actions;

export function may(role: Role, action: Action): boolean {
  return (actions[action] as readonly Role[]).includes(role);
}
