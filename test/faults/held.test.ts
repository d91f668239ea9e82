import { expect, test } from "vitest";
import { heldIn } from "./held.ts";

test("of what a process says of itself, heaps are taken by thread, in MB, and lateness in ms", () => {
  const text = `# HELP idrill_thread_heap_used_bytes What lives
# TYPE idrill_thread_heap_used_bytes gauge
idrill_thread_heap_used_bytes{thread="main"} 55000000
idrill_thread_heap_used_bytes{thread="journal"} 12500000
idrill_array_buffers_bytes 2000000
idrill_loop_delay_p99_seconds 0.0125
idrill_alarms_open{state="unacknowledged"} 3
idrill_link_up 1
`;
  expect(heldIn(text)).toEqual({ "used main": 55, "used journal": 12.5, arrayBuffers: 2, late: 12.5 });
});
