import { expect, test } from "vitest";
import { readEnvironment } from "./environment.ts";

test("what is not set has its usual value, an empty variable counts as not set", () => {
  expect(readEnvironment({ CLOUD_PORT: "", OTHER: "x" })).toEqual({
    IDRILL_DATA: "./data",
    CLOUD_PORT: 8080,
    MQTT_PORT: 1883,
  });
  expect(readEnvironment({ CLOUD_PORT: "0", MQTT_PORT: "65535" })).toMatchObject({ CLOUD_PORT: 0, MQTT_PORT: 65_535 });
});

test("a variable that does not fit is named, without its value", () => {
  expect(() => readEnvironment({ CLOUD_PORT: "70000" })).toThrow(/CLOUD_PORT/);
  expect(() => readEnvironment({ IDRILL_MQTT_URL: "http://user:s3cret@host" })).toThrow(
    /^environment: IDRILL_MQTT_URL: mqtt:\/\/host:port$/,
  );
});
