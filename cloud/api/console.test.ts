import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AboutAnswer } from "../../shared/domain/api.ts";
import { openOffice } from "../../test/support/api-office.ts";
import { smallHistory } from "../../test/support/small-history.ts";

let folder: string;
let office: Awaited<ReturnType<typeof openOffice>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "console-"));
  mkdirSync(join(folder, "dist", "assets"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "outside");
  writeFileSync(join(folder, "dist", "index.html"), "<!doctype html><title>office</title>");
  writeFileSync(join(folder, "dist", "assets", "main-1a2b.js"), "let plain;");
  writeFileSync(join(folder, "dist", "assets", "main-1a2b.js.gz"), gzipSync("let packed;"));
  office = await openOffice({ history: smallHistory({}), console: join(folder, "dist") });
});
afterAll(async () => {
  await office.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => office.app.request(path, { headers });

test("a browser gets the screen at / and at each page's own path, a program who answers here", async () => {
  for (const path of ["/", "/rigs/rig-1", "/sign-in"]) {
    const answer = await get(path, { accept: "text/html,*/*" });
    expect([path, answer.headers.get("content-type"), answer.headers.get("cache-control")]).toEqual([
      path,
      "text/html; charset=UTF-8",
      "no-cache",
    ]);
    expect(await answer.text()).toContain("<title>office</title>");
  }
  expect(AboutAnswer.parse(await (await get("/")).json()).service).toBe("i-Drill Edge cloud");
});

test("assets come packed where the browser takes that, and may be kept for good", async () => {
  const packed = await get("/assets/main-1a2b.js", { "accept-encoding": "gzip" });
  expect([packed.headers.get("content-encoding"), packed.headers.get("cache-control")]).toEqual([
    "gzip",
    "public, max-age=31536000, immutable",
  ]);
  expect(await (await get("/assets/main-1a2b.js")).text()).toBe("let plain;");
});

test("nothing outside the folder is served, and a file that is not there is no page", async () => {
  const paths = [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/assets/none.js",
    "/secret.txt",
    "/api/v1/none",
    "/api",
  ];
  for (const path of paths) {
    const answer = await get(path, { accept: "text/html" });
    expect([path, answer.status]).toEqual([path, 404]);
    expect(await answer.text()).not.toContain("outside");
  }
});
