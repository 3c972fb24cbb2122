import assert from "node:assert/strict";
import { totem } from "./totem.ts";

Deno.test("totem inspect shows the layers and the totals", async () => {
  const { code, stdout } = await totem(["inspect"], { permissions: [] });
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^Conv2d_1a_3x3 +conv 3x3 \/ 2 +149 x 149 x 32 +19,181,664 +960$/m,
  );
  assert.match(stdout, /^total +5,713,216,096 +23,851,784$/m);
  assert.match(stdout, /input 299 x 299 x 3/);
});

Deno.test("totem inspect --json gives the same as objects", async () => {
  const args = [
    "--json",
    "--variant",
    "low79",
    "--classes",
    "5",
    "--auxiliary",
  ];
  const { stdout } = await totem(["inspect", ...args], { permissions: [] });
  const lines = stdout.trimEnd().split("\n").map((it) => JSON.parse(it));
  const { multiplyAdds, parameters } = lines.pop();
  assert.equal(lines[0].name, "Conv2d_1a_3x3");
  assert.deepEqual(lines[0].shape, [77, 77, 32]);
  const sum = (key: string) => lines.reduce((total, it) => total + it[key], 0);
  assert.equal(multiplyAdds, sum("multiplyAdds"));
  assert.equal(parameters, sum("parameters"));
});

Deno.test("totem inspect names the layer that doesn't fit a small image", async () => {
  const args = ["inspect", "--variant", "75", "--auxiliary"];
  const { code, stderr } = await totem(args, { permissions: [] });
  assert.equal(code, 1);
  assert.match(stderr, /^error .*"AuxLogits\/AvgPool_5x5": its input has 3\n$/);
});
