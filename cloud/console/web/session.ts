import { signal } from "@preact/signals";
import type { ErrorBody, Person, Session } from "../../../shared/domain/api.ts";
import { hearTime } from "./clock.ts";

/** Who is signed in; undefined until the server was asked, null for nobody. */
export const person = signal<Person | null | undefined>(undefined);

/** In memory only. The refresh token is a cookie that scripts cannot read. */
let access: { token: string; endsAt: number } | null = null;
let refreshing: Promise<void> | null = null;

/** The server refused, or did not answer (status 0). */
export class Refusal extends Error {
  readonly status: number;
  /** Seconds to wait, where it said so. */
  readonly waitS: number | null;
  constructor(message: string, status: number, waitS: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.waitS = waitS;
  }
}

const root = "/api/v1";
/** Renewed so long before its end that no request meets the end. */
const earlyMs = 20_000;

/** Goes on with the session that the browser's cookie belongs to, if it has one. */
export async function resume(): Promise<void> {
  refreshing ??= send<Session>("/auth/refresh", { method: "POST", body: "{}" })
    .then(take)
    .catch((error: unknown) => {
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
      forget();
    })
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}

/** Signs in. Rejects with what the server said. */
export async function signIn(username: string, password: string): Promise<void> {
  take(await send("/auth/login", { method: "POST", body: JSON.stringify({ username, password }) }));
}

export async function signOut(): Promise<void> {
  await send("/auth/logout", { method: "POST", body: "{}" });
  forget();
}

/** The access token, renewed where it is about to end; null when nobody is signed in. */
export async function accessToken(): Promise<string | null> {
  if (access !== null && access.endsAt - earlyMs < performance.now()) await resume();
  return access?.token ?? null;
}

/** Asks the API as the person who is signed in. Rejects with a Refusal. */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const token = await accessToken();
  const options = { headers: { authorization: `Bearer ${token ?? ""}` }, ...(signal === undefined ? {} : { signal }) };
  try {
    return await send<T>(path, options);
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) await resume();
    throw error;
  }
}

/** Tells the API to do something as the person who is signed in; never said twice by itself. Rejects with a Refusal. */
export async function tell<T>(method: "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
  const token = await accessToken();
  const headers = { authorization: `Bearer ${token ?? ""}` };
  return send<T>(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

function take(session: Session) {
  access = { token: session.access_token, endsAt: performance.now() + session.expires_in * 1_000 };
  person.value = session.user;
}

function forget() {
  access = null;
  person.value = null;
}

async function send<T>(path: string, options: RequestInit): Promise<T> {
  const json = options.body === undefined ? {} : { "content-type": "application/json" };
  let response: Response;
  try {
    response = await fetch(root + path, { ...options, headers: { ...json, ...options.headers } });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Refusal("the office server does not answer", 0, null, { cause: error });
  }
  hearTime(Date.parse(response.headers.get("date") ?? ""), 2_000);
  if (response.ok) return response.json();
  const body: Partial<ErrorBody> = await response.json().catch(() => ({}));
  throw new Refusal(
    body.error?.message ?? `the office server answered ${response.status}`,
    response.status,
    body.error?.details?.retryAfter ?? null,
  );
}
