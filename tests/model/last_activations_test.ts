import assert from "node:assert/strict";
import { inceptionV3 } from "../../src/model/mod.ts";
import { lastActivations } from "../../src/model/last_activations.ts";

Deno.test("lastActivations() are those of the last grid at each resolution", () => {
  const convs = [
    "Mixed_7a/branch3x3_2",
    "Mixed_7a/branch7x7x3_4",
    ..."bc".split("").flatMap((block) =>
      [
        "branch3x3_1",
        "branch3x3dbl_1",
        "branch3x3dbl_2",
        "AvgPool_3x3",
        "branch1x1",
        "branch3x3_2a",
        "branch3x3_2b",
        "branch3x3dbl_3a",
        "branch3x3dbl_3b",
        "branch_pool",
      ].map((name) => `Mixed_7${block}/${name}`)
    ),
  ].sort();
  for (const variant of ["full", "low151", "low79", 139] as const) {
    for (const pooling of ["mean", "max"] as const) {
      const found = lastActivations(inceptionV3({ variant, pooling }));
      assert.deepEqual([...found].sort(), convs, `${variant}, ${pooling}`);
    }
  }
});

Deno.test("lastActivations() are none where all values are features", () => {
  const graph = inceptionV3({ pooling: "flatten" });
  assert.deepEqual([...lastActivations(graph)], []);
});
