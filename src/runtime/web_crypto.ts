import { CryptoUnavailableError } from "../errors.ts";

/** Whether hashes can be computed: pages without TLS have no Web Crypto. */
export function hasWebCrypto(): boolean {
  return globalThis.crypto?.subtle !== undefined;
}

/**
 * @param hint What else a person can do, to end the error.
 * @throws {CryptoUnavailableError} Where {@linkcode hasWebCrypto} is false: `Cannot
 * {action} as ...`.
 */
export function assertWebCrypto(action: string, hint: string = ""): void {
  if (hasWebCrypto()) return;
  throw new CryptoUnavailableError(
    `Cannot ${action} as this page can't compute hashes: browsers have Web Crypto only in pages of https: and localhost${hint}`,
  );
}

/**
 * The hash of bytes, without the 9 MB of `node:crypto`.
 *
 * @throws {CryptoUnavailableError} As {@linkcode assertWebCrypto} says.
 */
export async function hashOf(
  algorithm: "SHA-256" | "SHA-512",
  bytes: Uint8Array,
): Promise<Uint8Array> {
  assertWebCrypto(`compute a ${algorithm}`);
  const hash = await crypto.subtle.digest(
    algorithm,
    bytes as Uint8Array<ArrayBuffer>,
  );
  return new Uint8Array(hash);
}
