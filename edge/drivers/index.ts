import type { DeviceConfig } from "../../shared/domain/rig-config.ts";
import type { Driver, DriverOptions } from "./driver.ts";
import { modbusDriver } from "./modbus/modbus.ts";

/** To add a protocol: its config in shared/domain/rig-config.ts, its folder beside this file, its case here. Connects at the first read. */
export async function openDriver(config: DeviceConfig, options: DriverOptions): Promise<Driver> {
  switch (config.driver) {
    case "modbus":
      return modbusDriver(config, options.firstTag);
    case "opcua":
      // Slow to load and large, so only where it is used.
      return (await import("./opcua/opcua.ts")).opcuaDriver(config, options);
  }
}
