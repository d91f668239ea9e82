import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AttributeIds, type DataValue, OPCUACertificateManager, OPCUAClient, TimestampsToReturn } from "node-opcua";
import { afterAll, expect, test, vi } from "vitest";
import { DROPPED, EMPTY, SHOWN, SILENT, TEXT, UNSURE } from "../faults/sensor.ts";
import { startOpcuaServer } from "./server.ts";

const folder = mkdtempSync(join(tmpdir(), "rig-opcua-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("each change comes with its own source time and status", { timeout: 60_000 }, async () => {
  const columns = ["tick", "gas"];
  const nodes = [
    { column: "tick", node: "ns=1;s=tick", type: "UInt32" as const },
    { column: "gas", node: "ns=1;s=gas", type: "Double" as const },
  ];
  const server = await startOpcuaServer({ nodes, columns, folder: join(folder, "server") });
  const client = OPCUAClient.create({
    endpointMustExist: false,
    clientCertificateManager: new OPCUACertificateManager({ rootFolder: join(folder, "client") }),
  });
  server.show(Float64Array.of(1, 1.8), Uint8Array.of(0, SHOWN), 1_000_000_000_000);
  await client.connect(`opc.tcp://127.0.0.1:${server.port}`);
  const session = await client.createSession();
  expect(server.sessions()).toBe(1);
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 100,
    requestedMaxKeepAliveCount: 10,
    requestedLifetimeCount: 1_000,
    publishingEnabled: true,
  });
  const got: DataValue[] = [];
  const item = await subscription.monitor(
    { nodeId: "ns=1;s=gas", attributeId: AttributeIds.Value },
    { samplingInterval: 0, queueSize: 100 },
    TimestampsToReturn.Both,
  );
  item.on("changed", (value: DataValue) => got.push(value));
  await vi.waitFor(() => expect(got.length).toBe(1), 10_000);

  const marks = [UNSURE, DROPPED, SILENT, EMPTY, TEXT, SHOWN];
  // The fourth steps back in time, as a slow recorder does.
  const times = [1, 2, 3, -5, 4, 5].map((s) => 1_000_000_000_000 + 1_000 * s);
  for (const [i, mark] of marks.entries()) {
    server.show(Float64Array.of(2 + i, 2 + i), Uint8Array.of(0, mark), times[i] ?? 0, new Set(["gas"]));
    await vi.waitFor(() => expect(got.length).toBe(2 + i), 10_000);
  }
  expect(got.slice(1).map((value) => value.statusCode.name)).toEqual([
    "UncertainSensorNotAccurate",
    "BadSensorFailure",
    "BadNoCommunication",
    "BadNoData",
    "BadTypeMismatch",
    "Good",
  ]);
  expect(got.slice(1).map((value) => value.sourceTimestamp?.getTime())).toEqual(times);
  const tick = await session.read({ nodeId: "ns=1;s=tick" });
  expect(tick.value.value, "a column that was not shown stays").toBe(1);

  await session.close();
  await client.disconnect();
  await server.close();
});
