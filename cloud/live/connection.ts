import type { WebSocket } from "ws";
import { ClientMessage, type LiveMessage } from "../../shared/domain/api-live.ts";
import type { Id, RigId } from "../../shared/domain/id.ts";
import { rateOf } from "../../shared/node/http/rate.ts";
import type { Log } from "../../shared/node/log.ts";
import type { Facts, Limits, Picture, Viewer } from "./viewer.ts";

/** What is needed of a WebSocket. */
export type Socket = Pick<WebSocket, "on" | "send" | "close" | "terminate" | "ping" | "bufferedAmount" | "readyState">;

const policy = 1008;
const fault = 1011;

interface ConnectionParts {
  rig: RigId;
  source: string;
  limits: Limits;
  log: Log;
  authenticate(token: string): Promise<Viewer | null>;
  mayStill(viewer: Viewer): boolean;
  /** Takes note of a sign-in; false when the person has too many. */
  admit(viewer: Viewer): boolean;
  facts(): Promise<Facts>;
  picture(): Promise<Picture>;
  /** It is over. `unasked`: the client went before it had said anything, and before we had refused it. */
  closed(unasked: boolean): void;
}

/** One person's socket for one rig. */
export interface Connection {
  readonly rig: RigId;
  readonly source: string;
  /** Who has signed in. What is sent from then on waits until the picture has gone out. */
  readonly viewer: Viewer | undefined;
  /** Names the list of tags that the client has; undefined: the archive's. */
  dictionary: Id | undefined;
  /** Takes a message of the client's. */
  receive(text: string): void;
  /** Sends a message whose data is JSON already; a client that is too far behind is dropped instead. */
  send(type: LiveMessage["message_type"], data: string): void;
  /** Ends it when the person may not look on any more. */
  look(): void;
  /** Tells that we live, and drops a peer that has not answered the last time. */
  ping(): void;
  refuse(why: string): void;
  /** We stop. */
  end(): void;
}

export function openConnection(socket: Socket, parts: ConnectionParts): Connection {
  const { rig, source, limits, log } = parts;
  const messages = rateOf(limits.messages, 60_000);
  let viewer: Viewer | undefined;
  let seq = 0;
  let answered = true;
  let asked = false;
  let refused = false;
  let waiting: [LiveMessage["message_type"], string][] | undefined;
  const late = setTimeout(() => refuse("sign in first"), limits.firstMessageMs).unref();

  function send(type: LiveMessage["message_type"], data: string): void {
    if (waiting !== undefined) waiting.push([type, data]);
    else sendNow(type, data);
  }
  function sendNow(type: LiveMessage["message_type"], data: string): void {
    if (socket.readyState !== 1) return;
    if (socket.bufferedAmount > limits.behind) {
      log.warn({ rig, source, behind: socket.bufferedAmount }, "live: client too slow, dropped");
      socket.terminate();
      return;
    }
    const head = `{"message_type":"${type}","rig":"${rig}","seq":${++seq},"timestamp":"${new Date().toISOString()}"`;
    socket.send(`${head},"data":${data}}`);
  }
  function refuse(why: string): void {
    refused = true;
    sendNow("error", JSON.stringify({ code: "FORBIDDEN", message: why }));
    socket.close(policy, why);
  }
  function failed(error: unknown): void {
    log.error({ err: error, rig, source }, "live: connection failed");
    socket.close(fault, "something went wrong here");
  }

  async function welcome(token: string): Promise<void> {
    const who = await parts.authenticate(token);
    if (who === null) return refuse("the access token is not valid");
    if (!parts.mayStill(who)) return refuse("no such rig");
    if (!parts.admit(who)) return refuse("too many connections");
    clearTimeout(late);
    viewer = who;
    const missed: [LiveMessage["message_type"], string][] = [];
    waiting = missed;
    const [facts, picture] = await Promise.all([parts.facts(), parts.picture()]);
    sendNow("status_update", JSON.stringify({ status: "connected", ...facts, ...picture }));
    waiting = undefined;
    for (const [type, data] of missed) sendNow(type, data);
  }

  async function take(message: ClientMessage): Promise<void> {
    if (message.message_type === "close") return socket.close(1000, "as asked");
    if (message.message_type === "authenticate") {
      if (asked) return refuse("already signed in");
      asked = true;
      return welcome(message.token);
    }
    if (viewer === undefined) return refuse("sign in first");
    send("pong", "{}");
  }

  function receive(text: string): void {
    const message = parsed(text);
    if (messages.take("") > 0) refuse("too many messages");
    else if (message === null)
      send("error", JSON.stringify({ code: "UNPROCESSABLE", message: "not a message of ours" }));
    else {
      take(message).catch(failed);
    }
  }

  socket.on("pong", () => {
    answered = true;
  });
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    clearTimeout(late);
    parts.closed(!asked && !refused);
  });
  return {
    rig,
    source,
    get viewer() {
      return viewer;
    },
    dictionary: undefined,
    receive,
    send,
    refuse,
    look() {
      if (viewer !== undefined && !parts.mayStill(viewer)) refuse("the session has ended");
    },
    ping() {
      if (!answered) return socket.terminate();
      answered = false;
      socket.ping();
      if (viewer === undefined) return;
      parts.facts().then((facts) => send("status_update", JSON.stringify({ status: "alive", ...facts })), failed);
    },
    end: () => socket.close(1001, "the cloud stops"),
  };
}

function parsed(text: string): ClientMessage | null {
  try {
    const result = ClientMessage.safeParse(JSON.parse(text));
    return result.success ? result.data : null;
  } catch {
    return null; // no JSON
  }
}
