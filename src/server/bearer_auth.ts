import { ArgumentError } from "../errors.ts";
import { hashOf } from "../runtime/web_crypto.ts";
import { Problem } from "./problem.ts";

/**
 * Makes a check that throws 401 unless a request brings the bearer token (RFC 6750). It
 * compares all bytes of hashes, so that the time tells neither where a wrong token differs
 * nor how long the token is.
 *
 * @throws {ArgumentError} When no request could bring `token`.
 */
export function bearerAuth(token: string): (request: Request) => Promise<void> {
  if (typeof token !== "string" || !/^[^\s]+$/.test(token)) {
    // Not its value, which may get into a log.
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
