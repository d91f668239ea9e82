import type { ModbusTag } from "./rig-config.ts";
import type { Kind } from "./tag.ts";

/** How a register's tag is kept: the kind of its tag version. */
export function kindOf(tag: Pick<ModbusTag, "register" | "scale" | "offset">): Kind {
  const { scale, offset } = tag;
  switch (tag.register.type) {
    case "bool":
      return { type: "flag" };
    case "string":
      return { type: "text" };
    case "float32":
      return { type: "real", scale, offset };
    case "float64":
      return { type: "double", scale, offset };
    case "int16":
      return { type: "scaled", bits: 16, signed: true, scale, offset };
    case "uint16":
      return { type: "scaled", bits: 16, signed: false, scale, offset };
    case "int32":
      return { type: "scaled", bits: 32, signed: true, scale, offset };
    case "uint32":
      return { type: "scaled", bits: 32, signed: false, scale, offset };
    case "int64":
      return { type: "scaled", bits: 64, signed: true, scale, offset };
    case "uint64":
      return { type: "scaled", bits: 64, signed: false, scale, offset };
  }
}
