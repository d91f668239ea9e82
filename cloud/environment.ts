import { z } from "zod";
import { MqttUrl } from "../shared/domain/mqtt-url.ts";
import { dataFolder, port, readVariables } from "../shared/node/environment.ts";

/** Everything that the cloud is told by its environment; main.ts alone reads it. Port 0 takes a free one. */
const Environment = z.object({
  IDRILL_DATA: dataFolder,
  CLOUD_PORT: port(8080),
  MQTT_PORT: port(1883),
  /** Another broker than the embedded one. */
  IDRILL_MQTT_URL: MqttUrl.optional(),
  /** Of the first admin, at the first start. */
  IDRILL_ADMIN_PASSWORD: z.string().min(1).optional(),
  /** The host keeps its clock true by a time server that cannot be asked from here, as in a container. */
  IDRILL_CLOCK_TRUE: z.enum(["yes", "no"]).default("no"),
  /** Opens /metrics to other hosts. */
  IDRILL_METRICS_TOKEN: z.string().min(16, "at least 16 characters").optional(),
});
export type Environment = z.output<typeof Environment>;

/** Throws with the variable's name where one does not fit; an empty one counts as not set. */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  return readVariables(Environment, variables);
}
