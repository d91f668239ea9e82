/** Whether a peer's address is the box itself, which counts as a paired station. IPv4 in IPv6 clothing included. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.toLowerCase().replace(/^::ffff:/, "");
  return plain === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain);
}

/** Whether a Host header names this server: a page of another name that resolves to it (DNS rebinding) does not pass. */
export function isOwnHost(host: string | undefined, names: readonly string[]): boolean {
  if (host === undefined) return false;
  const name = host.toLowerCase().replace(/:\d+$/, "");
  return names.includes(name);
}

/** Whether an Origin header, where a browser sends one, is the page that this server gave out. */
export function isOwnOrigin(origin: string | undefined, host: string): boolean {
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
}

/** The names under which the box itself reaches its screen; `bound` is the address that the server listens on. */
export function ownNames(bound: string): string[] {
  const names = ["localhost", "127.0.0.1", "[::1]"];
  return bound === "0.0.0.0" || bound === "::" || names.includes(bound) ? names : [...names, bound.toLowerCase()];
}
