import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where this machine has a browser for tests (`CHROMIUM` names another); null where it has none, and such tests are skipped aloud. */
export function browserPath(): string | null {
  return process.env.CHROMIUM ?? places.find((path) => existsSync(path)) ?? null;
}

/** Starts it without anything that talks to the outside. */
export function startBrowser(executablePath: string): Promise<Browser> {
  const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"];
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-sync", ...quiet] });
}
