// Imported before anything else: native add-ons crash on an old Node instead of saying so.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(
    `i-Drill Edge needs Node 22.22 or later, this is ${process.version}. Start it with node_modules/.bin/node (npm run setup brings it).\n`,
  );
  process.exit(1);
}
