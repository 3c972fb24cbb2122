import assert from "node:assert/strict";
import {
  clientAddress,
  normalizeAddress,
} from "../../src/server/client_address.ts";

Deno.test("normalizeAddress() takes IPv6 by its network, and IPv4 as it is", () => {
  assert.equal(normalizeAddress("192.0.2.1"), "192.0.2.1");
  assert.equal(normalizeAddress("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(normalizeAddress("2001:db8::1"), "2001:db8:0:0::/64");
  assert.equal(normalizeAddress("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assert.equal(normalizeAddress("2001:0db8:0001::"), "2001:db8:1:0::/64");
  assert.equal(normalizeAddress("::1"), "0:0:0:0::/64");
  assert.equal(normalizeAddress("fe80::1%eth0"), "fe80:0:0:0::/64");
});

Deno.test("clientAddress() takes whom the runtime tells, and else all for one", () => {
  assert.equal(
    clientAddress({ remoteAddr: { hostname: "192.0.2.1" } }),
    "192.0.2.1",
  );
  for (
    const it of [undefined, {}, { remoteAddr: "x" }, {
      remoteAddr: { path: "/" },
    }]
  ) {
    assert.equal(clientAddress(it), "");
  }
});
