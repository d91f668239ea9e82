import { html } from "hono/html";
import { z } from "zod";
import { ClientMessage, LiveMessage } from "../../shared/domain/api-live.ts";
import { exampleOf } from "./schema-example.ts";

/** The WebSocket's messages for the page that shows the API, from the schemas that both sides check by. */
export function liveDocs() {
  return html`<h2>WebSocket</h2>
    <p><code>GET /api/v1/sensor-data/ws/{rig_id}</code>, upgraded. The first message signs in, within 5 s; then comes the whole picture of the rig
    (<code>status_update</code>, "connected"), then what changes. Close codes: 1008 no right, or a limit; 1011 a fault of ours. Where there is no
    room for one more socket the upgrade is answered 429 with Retry-After.</p>
    <h3>To the server</h3>
    ${messageParts(ClientMessage)}
    <h3>From the server</h3>
    ${messageParts(LiveMessage)}`;
}

const Union = z.object({
  oneOf: z.array(z.object({ properties: z.object({ message_type: z.object({ const: z.string() }) }).loose() }).loose()),
  $defs: z.record(z.string(), z.unknown()).default({}),
});

function messageParts(union: z.ZodType) {
  const { oneOf, $defs } = Union.parse(z.toJSONSchema(union, { unrepresentable: "any" }));
  return oneOf.map((message) => {
    const example = JSON.stringify(exampleOf(message, $defs), null, 2);
    const schema = JSON.stringify({ ...message, $defs }, null, 2);
    return html`<details>
      <summary><code>${message.properties.message_type.const}</code></summary>
      <pre>${example}</pre>
      <details><summary>Schema</summary><pre>${schema}</pre></details>
    </details>`;
  });
}
