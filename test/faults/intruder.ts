import { connectAsync } from "mqtt";

export interface Message {
  topic: string;
  payload: Buffer;
}

/** Somebody at the broker who is neither rig nor office. */
export interface Intruder {
  /** What came by so far, of others and of itself. */
  heard: readonly Message[];
  say(topic: string, payload: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Signs in, nameless unless told, and hears what the topics bring. */
export async function openIntruder(
  port: number,
  topics: readonly string[],
  signIn: { clientId?: string; username?: string; password?: string } = {},
): Promise<Intruder> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4, clean: true, ...signIn });
  const heard: Message[] = [];
  client.on("message", (topic, payload) => heard.push({ topic, payload }));
  client.on("error", () => undefined);
  await client.subscribeAsync([...topics], { qos: 1 });
  return {
    heard,
    async say(topic, payload) {
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    },
    close: () => client.endAsync(true),
  };
}
