import { CryptoUnavailableError } from "../errors.ts";

/** Whether hashes can be computed. Pages without TLS have no Web Crypto. */
export function hasWebCrypto(): boolean {
  return globalThis.crypto?.subtle !== undefined;
}

/**
 * @param hint Further advice, appended to the error.
 * @throws {CryptoUnavailableError} When {@linkcode hasWebCrypto} is false:
 * `Cannot {action} as ...`.
 */
export function assertWebCrypto(action: string, hint: string = ""): void {
  if (hasWebCrypto()) return;
  throw new CryptoUnavailableError(
    `Cannot ${action} as this page can't compute hashes: browsers have Web Crypto only in pages of https: and localhost${hint}`,
  );
}

/**
 * Hashes bytes, without loading the 9 MB of `node:crypto`.
 *
 * @throws {CryptoUnavailableError} Like {@linkcode assertWebCrypto}.
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
