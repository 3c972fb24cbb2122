import assert from "node:assert/strict";
import { networkReason } from "../../src/io/network_reason.ts";
import { fetchFault } from "../../src/io/request.ts";

for (
  const [fault, reason] of [
    [
      "client error (Connect): dns error: Name or service not known",
      /^no such host is found: /,
    ],
    [
      "error sending request for url (http://a/): client error (Connect): dns error: x",
      /^no such host is found: \S.* \(x\)$/,
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
    [
      "error sending request for url (https://a/): client error (Connect): unsuccessful tunnel",
      /^the proxy in HTTPS_PROXY refuses the connection \(unsuccessful tunnel\)$/,
    ],
    [
      "client error (Connect): proxy authentication required",
      /^the proxy in HTTPS_PROXY requires a user and a password: write /,
    ],
    ["Failed to fetch", /^the connection failed/],
  ] as const
) {
  Deno.test(`networkReason() has words for "${fault}", and keeps its end`, () => {
    const text = networkReason(fault);
    assert.match(text, reason);
    assert.match(text, / \([^()]+\)$/);
    assert.ok(fault.includes(text.match(/ \(([^()]+)\)$/)![1]!));
  });
}

Deno.test("networkReason() names the proxy that may have refused a request", () => {
  const refused = "tcp connect error: Connection refused (os error 111)";
  const reason = (address: string) => networkReason(refused, new URL(address));
  const end = "(Connection refused)";
  assert.equal(
    reason("https://a.org/"),
    `nothing answers there or at HTTPS_PROXY, if that is set ${end}`,
  );
  assert.equal(
    reason("http://a.org/"),
    `nothing answers there or at HTTP_PROXY, if that is set ${end}`,
  );
  assert.equal(reason("http://127.0.0.1:9/"), `nothing answers there ${end}`);
  assert.equal(reason("http://localhost/"), `nothing answers there ${end}`);
  assert.doesNotMatch(
    networkReason("dns error", new URL("https://a.org/")),
    /PROXY/,
  );
});

Deno.test("networkReason() and fetchFault() understand Node's errors of proxies", () => {
  for (
    const [status, reason] of [
      [403, "refuses the connection"],
      [407, "requires a user and a password"],
    ] as const
  ) {
    const refused = `Proxy response (${status}) !== 200 when HTTP Tunneling`;
    const cancelled = new Error("Request was cancelled.", {
      cause: new DOMException(refused, "AbortError"),
    });
    const error = new TypeError("fetch failed", { cause: cancelled });
    assert.equal(fetchFault(error), refused);
    assert.ok(
      networkReason(fetchFault(error)).startsWith(
        `the proxy in HTTPS_PROXY ${reason}`,
      ),
    );
  }
});
