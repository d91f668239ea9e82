import { upgradeWebSocket } from "@hono/node-server";
import { WebSocket } from "ws";
import { RigId } from "../../shared/domain/id.ts";
import { notFound, tooMany } from "../../shared/node/http/errors.ts";
import type { Live } from "../live/live.ts";
import type { Api } from "./answers.ts";
import { sourceOf } from "./guard.ts";

/** `WS /api/v1/sensor-data/ws/{rig_id}`: see api-live.ts for what is said on it. */
export function live(app: Api, hub: Live): void {
  app.get(
    "/api/v1/sensor-data/ws/:rig_id",
    upgradeWebSocket((c) => {
      const rig = RigId.safeParse(c.req.param("rig_id"));
      if (!rig.success) throw notFound("rig");
      const source = sourceOf(c);
      const wait = hub.waitS(source);
      if (wait > 0) throw tooMany(wait);
      let connection: ReturnType<Live["open"]> | undefined;
      return {
        onOpen(_event, { raw }) {
          if (raw instanceof WebSocket) connection = hub.open(raw, rig.data, source);
        },
        onMessage({ data }) {
          connection?.receive(typeof data === "string" ? data : "");
        },
      };
    }),
  );
}
