import { joinBytes } from "../../io/join_bytes.ts";
import { hasFiles } from "../../runtime/environment.ts";
import { assertWebCrypto, hashOf } from "../../runtime/web_crypto.ts";

export function isSha256(text: unknown): text is string {
  return typeof text === "string" && /^[\da-f]{64}$/.test(text);
}

/** The hash of a text's UTF-8. */
export async function sha256OfText(text: string): Promise<string> {
  return await sha256OfBytes(new TextEncoder().encode(text));
}

/** The hash of bytes in memory. */
export async function sha256OfBytes(bytes: Uint8Array): Promise<string> {
  return toHex(await hashOf("SHA-256", bytes));
}

/**
 * The SHA-256 of chunks of bytes, in lower-case hexadecimal.
 *
 * @throws {CryptoUnavailableError} In a page without TLS.
 */
export function createSha256(): ReturnType<typeof webSha256> {
  if (!hasFiles()) return webSha256();
  const { createHash } = process.getBuiltinModule("node:crypto");
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => Promise.resolve(hash.digest("hex")),
  };
}

/**
 * Web Crypto can't hash incrementally, so chunks are kept until the end.
 *
 * @throws {CryptoUnavailableError} When Web Crypto is missing: before any chunk is
 * read.
 */
export function webSha256() {
  assertWebCrypto("compute a SHA-256");
  const chunks: Uint8Array[] = [];
  return {
    update: (bytes: Uint8Array) => void chunks.push(bytes),
    async digest() {
      // Not by a Blob: Chromium sends it to another process and back.
      return await sha256OfBytes(joinBytes(chunks));
    },
  };
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (it) => it.toString(16).padStart(2, "0")).join("");
}
