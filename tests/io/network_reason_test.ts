import assert from "node:assert/strict";
import { networkReason } from "../../src/io/network_reason.ts";

for (
  const [fault, reason] of [
    [
      "client error (Connect): dns error: Name or service not known",
      /^no such host is found: /,
    ],
    [
      "error sending request for url (http://a/): client error (Connect): dns error: x",
      /^no such host is found: \S.* \(client error \(Connect\): dns error: x\)$/,
    ],
    ["getaddrinfo ENOTFOUND nowhere.invalid", /^no such host is found: /],
    [
      "tcp connect error: Connection refused (os error 111)",
      /^nothing answers/,
    ],
    ["connect ECONNREFUSED 127.0.0.1:1", /^nothing answers/],
    ["connect ETIMEDOUT 10.0.0.1:80", /^it doesn't answer in time/],
    [
      "invalid peer certificate: UnknownIssuer",
      /^its certificate isn't trusted/,
    ],
    ["self-signed certificate", /^its certificate isn't trusted/],
    ["Failed to fetch", /^the connection failed/],
  ] as const
) {
  Deno.test(`networkReason() has words for "${fault}", and keeps it`, () => {
    const text = networkReason(fault);
    assert.match(text, reason);
    assert.ok(text.endsWith(fault.slice(-10) + ")"));
  });
}

Deno.test("networkReason() names the proxy that may have refused a request", () => {
  const refused = "tcp connect error: Connection refused (os error 111)";
  const reason = (address: string) => networkReason(refused, new URL(address));
  const start = `nothing answers at this address (${refused})`;
  const rest = "is set, its proxy may be the one that doesn't answer";
  assert.equal(reason("https://a.org/"), `${start}. If HTTPS_PROXY ${rest}`);
  assert.equal(reason("http://a.org/"), `${start}. If HTTP_PROXY ${rest}`);
  assert.equal(reason("http://127.0.0.1:9/"), start);
  assert.equal(reason("http://localhost/"), start);
  assert.doesNotMatch(
    networkReason("dns error", new URL("https://a.org/")),
    /PROXY/,
  );
});
