import { AboutAnswer } from "../../shared/domain/api.ts";
import { overall, type Probes } from "./probes.ts";

/** What `GET /` says to a program: who answers here. */
export async function about(probes: Probes, version: string): Promise<AboutAnswer> {
  return AboutAnswer.parse({
    service: "i-Drill Edge cloud",
    version,
    status: overall(await probes.run()),
    timestamp: new Date().toISOString(),
    links: { console: "/", api: "/api/v1/docs", openapi: "/api/v1/openapi.json", health: "/api/v1/health/" },
  });
}
