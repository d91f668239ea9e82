import { rigTagOf } from "../../shared/domain/columns.ts";
import { may } from "../../shared/domain/roles.ts";
import type { Log } from "../../shared/node/log.ts";
import type { Auth } from "../auth/auth.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { LiveParts } from "../live/live.ts";
import { maySee } from "./guard.ts";
import { matrix } from "./matrix.ts";
import type { Past } from "./past.ts";
import { latestOf } from "./realtime.ts";
import { silentMs, worstFirst } from "./rig-summary.ts";

interface Parts {
  auth: Pick<Auth, "authenticate" | "again">;
  fleet: Pick<Fleet, "has">;
  past: Past;
  log: Log;
}

/** What the live room must know of people, by the same matrix row as the upgrade, and of rigs. */
export function liveParts({ auth, fleet, past, log }: Parts): LiveParts {
  const row = matrix["GET /api/v1/sensor-data/ws/:rig_id"];
  return {
    log,
    async authenticate(token) {
      const who = await auth.authenticate(token);
      return typeof who === "string" ? null : who;
    },
    mayStill(viewer, rig) {
      const who = auth.again(viewer.session);
      return who !== undefined && row?.who === "first message" && may(who.role, row.action) && maySee(who, rig, fleet);
    },
    picture(rig) {
      const now = Date.now();
      const { record, seenAt, completeTo, lagMs } = past.about(rig);
      return {
        online: seenAt !== null && now - seenAt < silentMs,
        origin: record?.origin ?? null,
        seenAt,
        completeTo,
        lagMs,
        tags: past.tags(rig).map(rigTagOf),
        latest: latestOf(past, rig, now),
        alarms: past.alarms(rig).sort(worstFirst),
      };
    },
  };
}
