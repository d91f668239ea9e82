import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nearestOf, readConfig } from "./errors.ts";

const good = `{
  "rig": "rig-14",
  "name": "Rig 14",
  "devices": [
    {
      "driver": "modbus",
      "name": "pumps",
      "host": "10.0.0.5",
      "tags": [
        {
          "id": "0123456789abcdef",
          "name": "mud_pressure",
          "register": { "table": "holding", "address": 4, "type": "float32", "order": "CDAB" }
        }
      ]
    }
  ]
}
`;
const errorsOf = (text: string) => {
  const read = readConfig(text);
  return "errors" in read ? read.errors : [];
};

test("a configuration without fault is read with its defaults", () => {
  const read = readConfig(good);
  expect("config" in read && read.config.devices[0]?.pollMs).toBe(1_000);
});

test("a wrong word is told with path, place, what is allowed and the nearest of it", () => {
  const [error, ...others] = errorsOf(good.replace("CDAB", "CDBA"));
  expect(others).toEqual([]);
  expect(error).toMatchObject({ path: "devices[0].tags[0].register.order", line: 13, column: 78, nearest: "CDAB" });
  expect(error?.message).toBe('"CDBA" is not allowed here. Allowed: ABCD, CDAB, BADC, DCBA.');
  expect(error?.excerpt.map(({ line }) => line)).toEqual([10, 11, 12, 13, 14, 15, 16]);
});

test("a misspelt setting is named by itself, with the one that was meant", () => {
  const [error] = errorsOf(good.replace('"host"', '"hots"'));
  const all = errorsOf(good.replace('"host"', '"hots"'));
  expect(all.map(({ path }) => path)).toEqual(expect.arrayContaining(["devices[0].host", "devices[0].hots"]));
  expect(all.find(({ path }) => path === "devices[0].hots")).toMatchObject({ line: 8, nearest: "host" });
  expect(error).toBeDefined();
});

test("every fault is told, a number with its bound", () => {
  const text = good.replace('"host": "10.0.0.5",', '"host": "10.0.0.5", "pollMs": 5, "unitId": 300,');
  expect(errorsOf(text).map(({ message }) => message)).toEqual([
    "300 is too large. At most 255.",
    "5 is too small. At least 20.",
  ]);
});

test("a tag that stands twice is told where it stands again and where first", () => {
  const tag =
    '{ "id": "0123456789abcdee", "name": "mud_pressure", "register": { "table": "input", "address": 9, "type": "int16" } },';
  const [error] = errorsOf(good.replace('"tags": [', `"tags": [\n${tag}`));
  expect(error).toMatchObject({ path: "devices[0].tags[1].name", line: 13 });
  expect(error?.message).toContain("first at devices[0].tags[0].name, line 10");
});

test("text that is no JSON is told by line and column, not by offset", () => {
  expect(errorsOf(good.replace('"rig-14",', '"rig-14"'))[0]).toMatchObject({
    line: 2,
    column: 18,
    message: "A comma or } is missing here.",
  });
  expect(errorsOf(good.replace('"Rig 14",', '"Rig 14",,'))[0]).toMatchObject({ line: 3 });
  expect(errorsOf(good.replace("4,", "04,"))[0]?.message).toBe("04 is neither a number nor a text in double quotes.");
  expect(errorsOf(good.slice(0, 200))[0]?.message).toMatch(/^The file ends too early\./);
  expect(errorsOf("")[0]).toMatchObject({ line: 1, column: 1 });
  expect(errorsOf("[".repeat(5_000))[0]?.message).toContain("nested too deeply");
});

test("a setting that stands twice in one object is a fault, since one of them would be lost in silence", () => {
  expect(errorsOf(good.replace('"name": "pumps",', '"name": "pumps", "name": "pits",'))[0]?.message).toBe(
    '"name" stands here twice, first on line 7.',
  );
});

test("what the daemon objects to gets the same place and excerpt", () => {
  const read = readConfig(good, () => [{ path: ["devices", 0, "tags", 0, "name"], message: "needs a unit" }]);
  expect("errors" in read && read.errors[0]).toMatchObject({
    path: "devices[0].tags[0].name",
    line: 12,
    message: "needs a unit",
  });
});

test("a near word is offered only when it is near", () => {
  expect(nearestOf("hodling", ["coil", "holding"])).toBe("holding");
  expect(nearestOf("temperature", ["coil", "holding"])).toBeNull();
});

test("this repository's own files with faults never make it throw", () => {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  for (let cut = 0; cut < text.length; cut += 97) expect(errorsOf(text.slice(0, cut)).length).toBeGreaterThan(0);
});
