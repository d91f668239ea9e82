import { z } from "zod";

/** A TCP port's variable; 0 takes a free one. */
export const port = (usual: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, "a port")
    .transform(Number)
    .pipe(z.number().max(65_535))
    .default(usual);

/** The folder under which each part has its own. */
export const dataFolder = z.string().min(1).default("./data");

/** Reads a program's variables. An empty one counts as not set. Throws with the variable's name where one does not fit. */
export function readVariables<T extends z.ZodType>(schema: T, variables: NodeJS.ProcessEnv): z.output<T> {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  // By hand, so that a secret's value never gets into the message.
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`environment: ${problems.join("; ")}`);
}
