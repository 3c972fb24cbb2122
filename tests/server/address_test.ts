import assert from "node:assert/strict";
import { addressOf, clientOf } from "../../src/server/address.ts";

Deno.test("addressOf() takes IPv6 by its network, and IPv4 as it is", () => {
  assert.equal(addressOf("192.0.2.1"), "192.0.2.1");
  assert.equal(addressOf("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(addressOf("2001:db8::1"), "2001:db8:0:0::/64");
  assert.equal(addressOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assert.equal(addressOf("2001:0db8:0001::"), "2001:db8:1:0::/64");
  assert.equal(addressOf("::1"), "0:0:0:0::/64");
  assert.equal(addressOf("fe80::1%eth0"), "fe80:0:0:0::/64");
});

Deno.test("clientOf() takes whom the runtime tells, and else all for one", () => {
  assert.equal(
    clientOf({ remoteAddr: { hostname: "192.0.2.1" } }),
    "192.0.2.1",
  );
  for (
    const it of [undefined, {}, { remoteAddr: "x" }, {
      remoteAddr: { path: "/" },
    }]
  ) {
    assert.equal(clientOf(it), "");
  }
});
