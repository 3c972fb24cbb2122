import { ArgumentError } from "../errors.ts";
import { hashOf } from "../runtime/web_crypto.ts";
import { Problem } from "./problem.ts";

/**
 * Creates a check that throws a 401 unless a request has the bearer token (RFC 6750). It
 * compares hashes in constant time, so that timing reveals neither where a wrong token
 * differs nor the token's length.
 *
 * @throws {ArgumentError} When `token` can't be sent in a header.
 */
export function bearerAuth(token: string): (request: Request) => Promise<void> {
  if (typeof token !== "string" || !/^[^\s]+$/.test(token)) {
    // The message leaves out the token, as it may end up in a log.
    throw new ArgumentError(
      "Cannot serve as token must be a text of >= 1 characters without spaces: no request could bring it",
    );
  }
  const expected = digest(token);
  return async (request) => {
    const header = request.headers.get("Authorization");
    const [, given] = header?.match(/^Bearer +([^\s]+) *$/i) ?? [];
    if (given !== undefined && equal(await digest(given), await expected)) {
      return;
    }
    const challenge = given === undefined
      ? "Bearer"
      : 'Bearer error="invalid_token"';
    const detail = "Send the header Authorization: Bearer TOKEN";
    const headers = { "WWW-Authenticate": challenge };
    throw new Problem(401, "unauthorized", detail, { headers });
  };
}

async function digest(text: string): Promise<Uint8Array> {
  return await hashOf("SHA-256", new TextEncoder().encode(text));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.reduce((difference, it, i) => difference | it ^ b[i]!, 0) === 0;
}
