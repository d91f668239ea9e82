import type { Action } from "../../shared/domain/roles.ts";

/** Who a route lets in. `rig` says where it names the rig that the person must have been granted. */
export type Access =
  | { who: "anyone" }
  /** Any person who is signed in. */
  | { who: "signed in" }
  /** People whose role may do the action, on rigs granted to them. */
  | { who: Action; rig: "path" | "query" | "each row" | "none" }
  /** A WebSocket: the origin is checked at the upgrade, the person by the first message, with this action. */
  | { who: "first message"; action: Action; rig: "path" }
  /** Whoever holds a one-time claim token. */
  | { who: "claim token" }
  /** Loopback, or the metrics credential. */
  | { who: "metrics" };

/** Every route of the cloud, as the router names it. A route without a row here is refused. */
export const matrix: Readonly<Record<string, Access>> = {
  "GET /": { who: "anyone" },
  "GET /*": { who: "anyone" },
  "GET /health": { who: "anyone" },
  "GET /metrics": { who: "metrics" },
  "GET /api/v1/openapi.json": { who: "anyone" },
  "GET /api/v1/docs": { who: "anyone" },
  "GET /api/v1/docs.css": { who: "anyone" },
  "GET /api/v1/health": { who: "anyone" },
  "GET /api/v1/health/ready": { who: "anyone" },
  "GET /api/v1/health/live": { who: "anyone" },
  "GET /api/v1/health/services": { who: "read", rig: "none" },
  "POST /api/v1/auth/login": { who: "anyone" },
  "POST /api/v1/auth/refresh": { who: "anyone" },
  "POST /api/v1/auth/logout": { who: "anyone" },
  "GET /api/v1/auth/me": { who: "signed in" },
  "GET /api/v1/sensor-data/realtime": { who: "read", rig: "query" },
  "GET /api/v1/sensor-data/historical": { who: "read", rig: "query" },
  "GET /api/v1/sensor-data/aggregated": { who: "read", rig: "query" },
  "GET /api/v1/sensor-data/ws/:rig_id": { who: "first message", action: "read", rig: "path" },
  "GET /api/v1/rigs": { who: "read", rig: "each row" },
  "GET /api/v1/rigs/:rig_id": { who: "read", rig: "path" },
  "GET /api/v1/rigs/:rig_id/coverage": { who: "read", rig: "path" },
  "GET /api/v1/rigs/:rig_id/requests": { who: "read", rig: "path" },
  "POST /api/v1/rigs/:rig_id/requests": { who: "askRig", rig: "path" },
  "DELETE /api/v1/rigs/:rig_id/requests/:request_id": { who: "askRig", rig: "path" },
  "GET /api/v1/rigs/:rig_id/events": { who: "read", rig: "path" },
  "GET /api/v1/alarms": { who: "read", rig: "query" },
  "GET /api/v1/anomalies": { who: "read", rig: "query" },
  "GET /api/v1/predictions/anomaly-detection/:rig_id": { who: "read", rig: "path" },
  "GET /api/v1/sensors": { who: "read", rig: "none" },
  "POST /api/v1/fleet/confirm": { who: "administer", rig: "none" },
  "POST /api/v1/rigs/claim": { who: "claim token" },
};
