import { z } from "zod";

const Schema = z.record(z.string(), z.unknown());
type Schema = z.infer<typeof Schema>;
type Definitions = Readonly<Record<string, unknown>>;

/** Made-up values by what a field is called; they fit wherever we use the name. */
const byName: Record<string, string> = {
  rig: "rig-14",
  rig_id: "rig-14",
  name: "standpipe_pressure",
  label: "Standpipe pressure",
  username: "kim",
  password: "Correct-horse-7-battery",
  message: "as it is told to people",
};
const moment = 1_893_456_000_000;
const byFormat: Record<string, string> = { "date-time": new Date(moment).toISOString() };
const id = "5f0c2a91d3b84e17";

/** A value that fits a JSON schema, for a person who reads how an answer looks; every optional field is there. */
export function exampleOf(schema: unknown, definitions: Definitions, name = ""): unknown {
  const { $ref, anyOf, oneOf, allOf, ...own } = Schema.parse(schema ?? {});
  if (typeof $ref === "string") return exampleOf(definitions[$ref.split("/").at(-1) ?? ""], definitions, name);
  if (Array.isArray(allOf))
    return Object.assign(
      {},
      ...allOf.map((one) => exampleOf(one, definitions, name)),
      exampleOf(own, definitions, name),
    );
  const choices = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : undefined;
  if (choices !== undefined)
    return exampleOf(
      choices.find((one) => Schema.parse(one).type !== "null"),
      definitions,
      name,
    );
  for (const given of ["const", "default", "example"]) if (given in own) return own[given];
  if (Array.isArray(own.enum)) return own.enum[0];
  return ofType(own, definitions, name);
}

function ofType(schema: Schema, definitions: Definitions, name: string): unknown {
  const { type } = schema;
  const first = Array.isArray(type) ? type.find((one) => one !== "null") : type;
  switch (first) {
    case "object":
      return Object.fromEntries(
        Object.entries(Schema.parse(schema.properties ?? {})).map(([key, one]) => [
          key,
          exampleOf(one, definitions, key),
        ]),
      );
    case "array":
      return Array.isArray(schema.prefixItems)
        ? schema.prefixItems.map((one) => exampleOf(one, definitions, name))
        : [exampleOf(schema.items, definitions, name)];
    case "string":
      return textOf(schema, name);
    case "integer":
    case "number":
      return numberOf(schema, name);
    case "boolean":
      return true;
    default:
      return null;
  }
}

function textOf({ format, pattern }: Schema, name: string): string {
  if (typeof format === "string" && format in byFormat) return byFormat[format] ?? "";
  if (typeof pattern === "string" && !(name in byName)) return new RegExp(pattern).test(id) ? id : "1";
  return byName[name] ?? "text";
}

function numberOf({ minimum, exclusiveMinimum }: Schema, name: string): number {
  if (/^(from|to|at|at0|start|end)$|At$|To$/.test(name)) return moment;
  if (typeof exclusiveMinimum === "number") return Math.max(1, exclusiveMinimum + 1);
  return Math.max(1, typeof minimum === "number" ? minimum : 1);
}
