import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig } from "vite";

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

const root = import.meta.dirname;

export default defineConfig({
  root,
  base: "/",
  build: {
    target: "chrome100",
    outDir: "dist",
    emptyOutDir: true,
    // The content security policy allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: { proxy: { "/api": { target: `http://127.0.0.1:${process.env.CLOUD_PORT ?? 8080}`, ws: true } } },
  plugins: [compressed(join(root, "dist"))],
});
