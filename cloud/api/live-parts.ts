import { rigTagOf } from "../../shared/domain/columns.ts";
import { may } from "../../shared/domain/roles.ts";
import type { Log } from "../../shared/node/log.ts";
import type { History } from "../archive/history.ts";
import type { Auth } from "../auth/auth.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Contacts } from "../live/contacts.ts";
import type { LiveParts } from "../live/live.ts";
import { maySee } from "./guard.ts";
import { latestOf } from "./latest.ts";
import { matrix } from "./matrix.ts";
import { alarmsOf } from "./rig-summary.ts";

interface Parts {
  auth: Pick<Auth, "authenticate" | "again">;
  fleet: Pick<Fleet, "has">;
  history: History;
  contacts: Contacts;
  log: Log;
}

/** What the live room must know of people, by the same matrix row as the upgrade, and of rigs. */
export function liveParts({ auth, fleet, history, contacts, log }: Parts): LiveParts {
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
    async facts(rig) {
      const now = Date.now();
      const [facts, { completeTo }] = await Promise.all([history.rig(rig), history.coverage(rig, now - 1, now, null)]);
      return { ...contacts.of(rig, facts, now), origin: facts?.record?.origin ?? null, completeTo };
    },
    async picture(rig) {
      const [tags, latest, alarms] = await Promise.all([
        history.tags(rig),
        latestOf(history, rig, Date.now()),
        alarmsOf(history, rig),
      ]);
      return { tags: tags.map(rigTagOf), latest, alarms };
    },
  };
}
