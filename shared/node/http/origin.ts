/**
 * Whether a request that changes something, or opens a socket, may come from there: a browser names the page's origin, and it must be
 * ours. Without an Origin it is no browser's, and carries no cookie that it was not given.
 */
export function sameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  if (host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase();
}

/** Whether an address of a socket is this machine's own loopback. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.toLowerCase().replace(/^::ffff:/, "");
  return plain === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain);
}

/** Whether a Host header names this server: a page of another name that resolves to it (DNS rebinding) does not pass. */
export function isOwnHost(host: string | undefined, names: readonly string[]): boolean {
  return host !== undefined && names.includes(host.toLowerCase().replace(/:\d+$/, ""));
}

/** The names under which a machine reaches its own server; `bound` is the address that the server listens on. */
export function ownNames(bound: string): string[] {
  const names = ["localhost", "127.0.0.1", "[::1]"];
  return bound === "0.0.0.0" || bound === "::" || names.includes(bound) ? names : [...names, bound.toLowerCase()];
}
