import { z } from "zod";
import { MqttUrl } from "../shared/domain/mqtt-url.ts";
import { dataFolder, port, readVariables } from "../shared/node/environment.ts";

/** Everything that the edge is told by its environment; main.ts alone reads it. Port 0 takes a free one. */
const Environment = z.object({
  IDRILL_DATA: dataFolder,
  HMI_PORT: port(8081),
  /** Another broker than the configuration's. */
  IDRILL_MQTT_URL: MqttUrl.optional(),
  /** One-time token that enrols this rig. */
  IDRILL_CLAIM: z.string().min(1).optional(),
  IDRILL_OPERATOR_PASSWORD: z.string().min(1).optional(),
});
export type Environment = z.output<typeof Environment>;

/** Throws with the variable's name where one does not fit; an empty one counts as not set. */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  return readVariables(Environment, variables);
}
