import { expect, test } from "vitest";
import { z } from "zod";
import { MqttUrl } from "../domain/mqtt-url.ts";
import { dataFolder, port, readVariables } from "./environment.ts";

const Some = z.object({ IDRILL_DATA: dataFolder, A_PORT: port(8080), B_PORT: port(1883), URL: MqttUrl.optional() });
const read = (variables: NodeJS.ProcessEnv) => readVariables(Some, variables);

test("what is not set has its usual value, an empty variable counts as not set", () => {
  expect(read({ A_PORT: "", URL: "", OTHER: "x" })).toEqual({ IDRILL_DATA: "./data", A_PORT: 8080, B_PORT: 1883 });
  expect(read({ A_PORT: "0", B_PORT: "65535" })).toMatchObject({ A_PORT: 0, B_PORT: 65_535 });
});

test("a variable that does not fit is named, without its value", () => {
  expect(() => read({ A_PORT: "70000" })).toThrow(/A_PORT/);
  expect(() => read({ URL: "http://user:s3cret@host" })).toThrow(/^environment: URL: mqtt:\/\/host:port$/);
});

test.each(["foo", "mqtt://", "mqtt://host:99999", "mqtt://ho st"])("%s is no broker's address", (URL) => {
  expect(() => read({ URL })).toThrow(/^environment: URL: mqtt:\/\/host:port/);
});
