import { expect, test } from "vitest";
import { downTopic, downTopics, parseDownTopic, parseUpTopic, upTopic, upTopics } from "./topics.ts";

test("every topic comes back with its rig", () => {
  for (const topic of upTopics) expect(parseUpTopic(upTopic("rig-7", topic))).toEqual({ rig: "rig-7", topic });
  for (const topic of downTopics) expect(parseDownTopic(downTopic("rig-7", topic))).toEqual({ rig: "rig-7", topic });
});

test("a topic of another direction, depth or name is nobody's", () => {
  for (const topic of ["rig/a/receipt", "cfg/a/hello", "rig/a/hello/x", "rig//hello", "rig/a b/hello", "rig/a", ""])
    expect(parseUpTopic(topic)).toBeNull();
});
