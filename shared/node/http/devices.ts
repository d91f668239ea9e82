import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * Tells devices on which an account signed in before. A cookie proves it and nothing else: it signs nobody in, it only keeps strangers'
 * misses from slowing down who is at home there. What one was made under another secret for is not known.
 */
export interface KnownDevices {
  /** Name of the cookie of this account: a device that several people use has one for each. */
  cookieOf(account: string): string;
  /** A new cookie's value, after a sign-in. */
  make(account: string): string;
  /** The device's own name where the value was made for this account; null for all else. */
  deviceOf(account: string, value: string | undefined): string | null;
}

/** How long a device stays known, s. */
export const knownDeviceS = 180 * 86_400;

export function knownDevices(prefix: string, secret: Uint8Array): KnownDevices {
  const proofOf = (account: string, device: string) =>
    createHmac("sha256", secret).update(`device\n${account.toLowerCase()}\n${device}`).digest();
  return {
    cookieOf: (account) => `${prefix}_${createHash("sha256").update(account.toLowerCase()).digest("hex").slice(0, 12)}`,
    make(account) {
      const device = randomBytes(16).toString("base64url");
      return `${device}.${proofOf(account, device).toString("base64url")}`;
    },
    deviceOf(account, value) {
      const [, device, given] = /^([\w-]{22})\.([\w-]{43})$/.exec(value ?? "") ?? [];
      if (device === undefined || given === undefined) return null;
      return timingSafeEqual(proofOf(account, device), Buffer.from(given, "base64url")) ? device : null;
    },
  };
}
