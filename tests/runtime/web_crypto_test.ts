import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { hashOf, hasWebCrypto } from "../../src/runtime/web_crypto.ts";
import { sha256OfText, webSha256 } from "../../src/weights/store/sha256.ts";
import { withoutWebCrypto } from "./without_web_crypto.ts";

Deno.test("hashOf() gives what node:crypto does", async () => {
  const bytes = new TextEncoder().encode("Inception");
  for (const algorithm of ["SHA-256", "SHA-512"] as const) {
    const expected = createHash(algorithm.replace("-", "")).update(bytes);
    assert.deepEqual(
      await hashOf(algorithm, bytes),
      new Uint8Array(expected.digest()),
    );
  }
});

Deno.test("whatever hashes says why it can't in a page without TLS", async () => {
  await withoutWebCrypto(async () => {
    assert.equal(hasWebCrypto(), false);
    const error = (algorithm: string) => ({
      name: "CryptoUnavailableError",
      code: "crypto-unavailable",
      message:
        `Cannot compute a ${algorithm} as this page can't compute hashes: browsers have Web Crypto only in pages of https: and localhost`,
    });
    await assert.rejects(hashOf("SHA-512", new Uint8Array()), error("SHA-512"));
    await assert.rejects(sha256OfText("Inception"), error("SHA-256"));
    // Before reading a file for nothing.
    assert.throws(() => webSha256(), error("SHA-256"));
  });
  assert.equal(hasWebCrypto(), true);
});
