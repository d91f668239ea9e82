import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { ProxyOptions, UserConfig } from "vite";

/** How either screen is built: into `dist` below `root`; `api` is where the development server passes questions on to. */
export function pageConfig(root: string, base: string, api: ProxyOptions): UserConfig {
  return {
    root,
    base,
    build: {
      target: "chrome100",
      outDir: "dist",
      emptyOutDir: true,
      // The content security policy allows no data: addresses.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    server: { proxy: { "/api": api } },
    plugins: [compressed(join(root, "dist"))],
  };
}

/** Beside each built file its compressed forms, so that the server only picks one. */
function compressed(folder: string) {
  return {
    name: "compressed",
    apply: "build" as const,
    closeBundle() {
      for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (!/\.(js|css|html|svg)$/.test(file)) continue;
        const path = join(folder, file);
        const bytes = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(bytes));
      }
    },
  };
}
