import { html } from "hono/html";
import { z } from "zod";
import { liveDocs } from "./docs-live.ts";
import { exampleOf } from "./schema-example.ts";

const Operation = z.object({
  summary: z.string().optional(),
  description: z.string().optional(),
  security: z.array(z.unknown()).optional(),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean().optional(), schema: z.unknown() }))
    .optional(),
  requestBody: z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })) }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), content: z.record(z.string(), z.object({ schema: z.unknown() })).optional() }),
  ),
});
type Operation = z.infer<typeof Operation>;
const Description = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()).default({}) }),
});

/** A page that shows an OpenAPI description: plain HTML without scripts. */
export function docsPage(description: unknown) {
  const { info, paths, components } = Description.parse(description);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationPart(method, path, operation, components.schemas)),
  );
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${info.title}: API</title>
    <link rel="stylesheet" href="docs.css">
  </head>
  <body>
    <main>
      <h1>${info.title} <small>${info.version}</small></h1>
      <p>${info.description}</p>
      <p><a href="openapi.json">openapi.json</a></p>
      <p>In the examples <code>$OFFICE</code> is this server's address and <code>$TOKEN</code> an access token (<code>POST /api/v1/auth/login</code>).</p>
      ${operations}
      ${liveDocs()}
      <h2>Shapes</h2>
      ${Object.entries(components.schemas).map(([name, schema]) => schemaPart(name, schema))}
    </main>
  </body>
</html>`;
}

type Shapes = Readonly<Record<string, unknown>>;

function operationPart(method: string, path: string, operation: Operation, shapes: Shapes) {
  const { summary, description, security, parameters = [], requestBody, responses } = operation;
  const [success] = Object.entries(responses);
  return html`<details>
    <summary><b>${method.toUpperCase()}</b> <code>${path}</code> ${summary ?? ""}</summary>
    <p>${description ?? ""} ${security === undefined ? "Open." : "Needs an access token."}</p>
    ${parameters.length === 0 ? "" : parameterTable(parameters)}
    <pre>${curlOf(method, path, operation, shapes)}</pre>
    ${Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => schemaPart(`Body, ${type}`, schema))}
    ${success === undefined ? "" : examplePart(`Example of ${success[0]}`, exampleOf(schemaOf(success[1].content), shapes))}
    ${success === undefined ? "" : schemaPart(`${success[0]}: ${success[1].description}`, schemaOf(success[1].content))}
    <ul>${Object.entries(responses)
      .slice(1)
      .map(([status, answer]) => html`<li>${status}: ${answer.description}</li>`)}</ul>
  </details>`;
}

/** The call as it is typed in a shell: path and required fields filled in, and a span and tags where they can be given. */
function curlOf(method: string, path: string, { security, parameters = [], requestBody }: Operation, shapes: Shapes) {
  const filled = (parameter: { name: string; schema: unknown }) =>
    encodeURIComponent(asked[parameter.name] ?? String(exampleOf(parameter.schema, shapes, parameter.name)));
  let url = path;
  for (const one of parameters) if (one.in === "path") url = url.replace(`{${one.name}}`, filled(one));
  const query = parameters
    .filter(({ name, in: where, required }) => where === "query" && (required === true || name in asked))
    .map((one) => `${one.name}=${filled(one)}`);
  const body = requestBody?.content["application/json"];
  return [
    "curl",
    ...(method === "get" ? [] : [`-X ${method.toUpperCase()}`]),
    ...(security === undefined ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(body === undefined
      ? []
      : [`-H "Content-Type: application/json" -d '${JSON.stringify(exampleOf(body.schema, shapes))}'`]),
    `"$OFFICE${url}${query.length === 0 ? "" : `?${query.join("&")}`}"`,
  ].join(" ");
}

/** Query fields that an example shows although they may be left out. */
const asked: Record<string, string> = {
  tags: "standpipe_pressure,hook_load",
  start: "2030-01-31T06:00:00Z",
  end: "2030-01-31T12:00:00Z",
};

function examplePart(title: string, example: unknown) {
  return html`<details open><summary>${title}</summary><pre>${JSON.stringify(example, null, 2)}</pre></details>`;
}

function parameterTable(parameters: NonNullable<Operation["parameters"]>) {
  const rows = parameters.map(
    ({ name, in: where, required, schema }) =>
      html`<tr><td><code>${name}</code></td><td>${where}${required === true ? ", required" : ""}</td><td><code>${JSON.stringify(schema)}</code></td></tr>`,
  );
  return html`<table><thead><tr><th>name</th><th>in</th><th>schema</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function schemaPart(title: string, schema: unknown) {
  return html`<details><summary>${title}</summary><pre>${JSON.stringify(schema, null, 2)}</pre></details>`;
}

function schemaOf(content: Record<string, { schema?: unknown }> | undefined): unknown {
  return content?.["application/json"]?.schema;
}

export const docsStyle = `
body { margin: 0; background: #e4e7e9; color: #14181c; font: 13px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 24px; }
h1 { font-size: 26px; font-weight: 650; }
h2 { font-size: 17px; font-weight: 650; }
small { font-size: 13px; color: #58626b; }
details { background: #f4f5f6; border: 1px solid #cfd4d8; border-radius: 6px; padding: 8px 12px; margin: 8px 0; }
summary { cursor: pointer; }
b { display: inline-block; min-width: 48px; }
code, pre { font-family: ui-monospace, monospace; font-size: 12px; }
pre { overflow: auto; max-height: 480px; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: 4px 8px 4px 0; border-bottom: 1px solid #cfd4d8; overflow-wrap: anywhere; }
a { color: #1b5a96; }
@media (prefers-color-scheme: dark) {
  body { background: #0f1215; color: #d3d8dc; }
  details { background: #161a1e; border-color: #323a42; }
  td, th { border-color: #323a42; }
  a { color: #79aee0; }
  small { color: #8f99a2; }
}
`;
