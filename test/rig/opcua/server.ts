import {
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  type StatusCode,
  StatusCodes,
  type UAVariable,
} from "node-opcua";
import { DROPPED, EMPTY, SHOWN, SILENT, TEXT, UNSURE } from "../faults/sensor.ts";
import { freePort } from "../free-port.ts";
import type { LoggerNode } from "./nodes.ts";

export interface OpcuaServerOptions {
  nodes: readonly LoggerNode[];
  /** What a sample's values are, by position. */
  columns: readonly string[];
  /** Where its keys lie; made at the first start. */
  folder: string;
  /** 0 takes a free one. */
  port?: number;
  host?: string;
}

export interface OpcuaServer {
  port: number;
  /** Gives the nodes of these columns (all, where not told) new values with this source time (epoch ms). */
  show(values: Float64Array, missing: Uint8Array, at: number, only?: ReadonlySet<string>): void;
  /** Sessions that clients have open now. */
  sessions(): number;
  close(): Promise<void>;
}

const statuses: Record<number, StatusCode> = {
  [SHOWN]: StatusCodes.Good,
  [DROPPED]: StatusCodes.BadSensorFailure,
  [SILENT]: StatusCodes.BadNoCommunication,
  [UNSURE]: StatusCodes.UncertainSensorNotAccurate,
  [EMPTY]: StatusCodes.BadNoData,
  [TEXT]: StatusCodes.BadTypeMismatch,
};
const types = { Double: DataType.Double, Float: DataType.Float, UInt32: DataType.UInt32 };

/** A real OPC UA server without security, for this machine only: source times and status codes as a mud logger gives them. */
export async function startOpcuaServer(options: OpcuaServerOptions): Promise<OpcuaServer> {
  const { nodes, columns, folder, host = "127.0.0.1" } = options;
  const port = options.port ? options.port : await freePort(host);
  const certificates = new OPCUACertificateManager({ rootFolder: folder, automaticallyAcceptUnknownCertificate: true });
  const server = new OPCUAServer({
    port,
    host,
    hostname: host,
    serverCertificateManager: certificates,
    securityPolicies: [SecurityPolicy.None],
    securityModes: [MessageSecurityMode.None],
    allowAnonymous: true,
    serverInfo: { applicationUri: "urn:idrill:simulated-rig", productUri: "urn:idrill:rig" },
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  if (!space) throw new Error("OPC UA server: no address space");
  const names = space.getOwnNamespace();
  const logger = names.addObject({ organizedBy: space.rootFolder.objects, browseName: "MudLogger" });
  const variables = nodes.map(({ column, node, type }) => {
    const index = columns.indexOf(column);
    if (index < 0) throw new Error(`OPC UA node ${node}: no column "${column}"`);
    const variable: UAVariable = names.addVariable({
      componentOf: logger,
      browseName: column,
      nodeId: node,
      dataType: type,
      minimumSamplingInterval: 0,
    });
    return { column, index, dataType: types[type], variable };
  });
  await server.start();

  return {
    port,
    show(values, missing, at, only) {
      const source = new Date(at);
      for (const { column, index, dataType, variable } of variables) {
        if (only && !only.has(column)) continue;
        const status = statuses[missing[index] ?? SHOWN] ?? StatusCodes.Bad;
        variable.setValueFromSource({ dataType, value: values[index] ?? Number.NaN }, status, source);
      }
    },
    sessions: () => server.currentSessionCount,
    close: () => server.shutdown(0),
  };
}
