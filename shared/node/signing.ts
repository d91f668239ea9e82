import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";

/** Bytes of an ed25519 signature. */
const SIGNATURE_BYTES = 64;

/** A key that signs; its id is the first 64 bits of the sha256 of its public half. */
export interface SigningKey {
  id: string;
  publicKey: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
  /** PKCS 8, PEM: for a file that only its owner reads. */
  pem: string;
}

/** Makes a new ed25519 key. */
export function newSigningKey(): SigningKey {
  return signingKeyOf(generateKeyPairSync("ed25519").privateKey);
}

/** Reads a key that `pem` of another run gave. */
export function openSigningKey(pem: string): SigningKey {
  return signingKeyOf(createPrivateKey(pem));
}

/** A check of signatures of one public key (32 raw bytes); throws if they are no ed25519 key. */
export function verifierOf(publicKey: Uint8Array): (bytes: Uint8Array, signature: Uint8Array) => boolean {
  const key = publicKeyOf(publicKey);
  return (bytes, signature) => signature.length === SIGNATURE_BYTES && verify(null, bytes, key, signature);
}

/** The same in Node's thread pool, so that the calling thread goes on meanwhile. */
export function pooledVerifierOf(
  publicKey: Uint8Array,
): (bytes: Uint8Array, signature: Uint8Array) => Promise<boolean> {
  const key = publicKeyOf(publicKey);
  return (bytes, signature) =>
    new Promise((resolve, reject) => {
      if (signature.length !== SIGNATURE_BYTES) resolve(false);
      else verify(null, bytes, key, signature, (error, right) => (error === null ? resolve(right) : reject(error)));
    });
}

/** The id by which a public key (32 raw bytes) goes in headers. */
export function keyIdOf(publicKey: Uint8Array): string {
  return createHash("sha256").update(publicKey).digest("hex").slice(0, 16);
}

function publicKeyOf(raw: Uint8Array): KeyObject {
  if (raw.length !== 32) throw new Error(`an ed25519 public key has 32 bytes, this has ${raw.length}`);
  return createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: "der", type: "spki" });
}

const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const der = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const publicKey = new Uint8Array(der.subarray(der.length - 32));
  return {
    id: keyIdOf(publicKey),
    publicKey,
    sign: (bytes) => sign(null, bytes, privateKey),
    pem: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  };
}
