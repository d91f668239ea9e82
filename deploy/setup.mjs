// Brings a bare clone to where every npm script runs: the packages of the lock file (Node 24 among them) and, when asked, Debian packages.
// Plain JavaScript on node: modules alone, since it runs on whatever Node the machine has.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, "node_modules", ".setup-stamp");
const say = (text) => process.stderr.write(`setup: ${text}\n`);

function wantedStamp() {
  const hash = createHash("sha256");
  for (const name of ["package.json", "package-lock.json", ".npmrc"]) hash.update(readFileSync(join(root, name)));
  return hash.digest("hex");
}

function installPackages() {
  const stamp = wantedStamp();
  const nodeIsThere = existsSync(
    join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node"),
  );
  if (nodeIsThere && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  say("installing packages");
  // Not with the Node that lies in node_modules: npm ci would delete it under its own feet.
  const path = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter);
  const npm = process.env.npm_execpath;
  const node = process.env.npm_node_execpath;
  const outside = node !== undefined && !node.includes("node_modules");
  const [command, args] = npm && outside ? [node, [npm, "ci"]] : ["npm", ["ci"]];
  const result = spawnSync(command, [...args, "--no-progress", "--loglevel=error"], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ["ignore", 2, 2],
  });
  if (result.status !== 0) {
    say("npm ci failed; see above");
    process.exit(result.status ?? 1);
  }
  writeFileSync(stampFile, stamp);
}

/** Installs what is missing where that can be done without asking; elsewhere says in one line what is missing, and goes on: the tests that need it skip aloud. */
function installDebian(names) {
  if (process.platform !== "linux" || spawnSync("dpkg", ["--version"]).status !== 0) {
    say(`not a Debian machine: tests that need ${names.join(", ")} look for them in PATH`);
    return;
  }
  const missing = names.filter((name) => {
    const status = spawnSync("dpkg-query", ["-W", "-f", "$" + "{db:Status-Abbrev}", name], { encoding: "utf8" });
    return status.status !== 0 || !status.stdout.startsWith("ii");
  });
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    say(`missing Debian packages, tests that need them are skipped: apt-get install ${missing.join(" ")}`);
    return;
  }
  say(`installing Debian packages: ${missing.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const quiet = { env, stdio: ["ignore", "ignore", 2] };
  spawnSync("apt-get", ["update", "-qq"], quiet);
  const result = spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing], quiet);
  if (result.status !== 0) say(`apt-get could not install ${missing.join(" ")}: tests that need them are skipped`);
}

installPackages();
const debian = process.argv.indexOf("--debian");
if (debian !== -1) installDebian(process.argv.slice(debian + 1));
