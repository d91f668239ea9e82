import { z } from "zod";

const port = (usual: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, "a port")
    .transform(Number)
    .pipe(z.number().max(65_535))
    .default(usual);

/** Everything that the cloud is told by its environment; main.ts alone reads it. Port 0 takes a free one. */
const Environment = z.object({
  IDRILL_DATA: z.string().min(1).default("./data"),
  CLOUD_PORT: port(8080),
  MQTT_PORT: port(1883),
  /** Another broker than the embedded one. */
  IDRILL_MQTT_URL: z
    .string()
    .regex(/^(mqtts?|wss?):\/\/\S+$/, "mqtt://host:port")
    .optional(),
  /** Of the first admin, at the first start. */
  IDRILL_ADMIN_PASSWORD: z.string().min(1).optional(),
  /** Opens /metrics to other hosts. */
  IDRILL_METRICS_TOKEN: z.string().min(16, "at least 16 characters").optional(),
});
export type Environment = z.output<typeof Environment>;

/** Throws with the variable's name where one does not fit; an empty one counts as not set. */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const result = Environment.safeParse(set);
  if (result.success) return result.data;
  // By hand, so that a secret's value never gets into the message.
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`environment: ${problems.join("; ")}`);
}
