import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Programs that tests start share compiled code, since each would compile everything anew in its own data folder.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules", ".cache", "idrill-code");

export default defineConfig({
  test: {
    // Each file has ports and folders of its own, and waits most of the time.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          testTimeout: 20_000,
          include: [
            "{shared,edge,cloud,deploy}/**/*.test.ts",
            "test/{rig,sim,support,faults,proof}/**/*.test.ts",
            "test/*.test.ts",
          ],
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
