import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import { createMiddleware } from "hono/factory";
import { notFound } from "../../shared/node/http/errors.ts";
import { about } from "./about.ts";
import type { Api } from "./answers.ts";
import type { Probes } from "./probes.ts";

const yearS = 31_536_000;

/** The office's screen from its built folder, and `GET /`: the screen for a browser, who answers here for a program. */
export function consolePages(app: Api, folder: string, probes: Probes, version: string): void {
  const page = join(folder, "index.html");
  const index = () => (existsSync(page) ? readFileSync(page, "utf8") : undefined);
  const files = existsSync(folder) ? serveStatic({ root: folder, precompressed: true }) : pass;
  app.get("/", cached, async (c) => {
    const html = c.req.header("accept")?.includes("text/html") ? index() : undefined;
    return html === undefined ? c.json(await about(probes, version)) : c.html(html);
  });
  app.get("/*", cached, files, (c) => {
    // Pages of the screen have paths of their own; a path with a dot is a file that is not there.
    const isPage = !c.req.path.startsWith("/api") && !c.req.path.includes(".");
    const html = isPage ? index() : undefined;
    if (html === undefined) throw notFound("route");
    return c.html(html);
  });
}

/** Names of assets change with their content; everything else is asked for again. */
const cached = createMiddleware(async (c, next) => {
  await next();
  const forGood = c.res.status === 200 && c.req.path.startsWith("/assets/");
  c.header("cache-control", forGood ? `public, max-age=${yearS}, immutable` : "no-cache");
});

const pass = createMiddleware((_c, next) => next());
