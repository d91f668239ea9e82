import type { Api } from "./answers.ts";
import { docsPage, docsStyle } from "./docs-page.ts";

/** `GET /api/v1/openapi.json`, from the schemas that the routes check by, and a page that shows it. */
export function openapi(app: Api, version: string): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  const description = () => {
    const info = {
      title: "i-Drill Edge cloud",
      version,
      description:
        "Times in queries are ISO 8601 with a zone; times in data are milliseconds since 1970, UTC. Null means that there is no value. " +
        "The WebSocket is /api/v1/sensor-data/ws/{rig_id}: its first message authenticates.",
    };
    return app.getOpenAPI31Document({ openapi: "3.1.0", info });
  };
  app.get("/api/v1/openapi.json", (c) => c.json(description()));
  app.get("/api/v1/docs", (c) => c.html(docsPage(JSON.parse(JSON.stringify(description())))));
  app.get("/api/v1/docs.css", (c) => c.body(docsStyle, 200, { "content-type": "text/css; charset=utf-8" }));
}
