import assert from "node:assert/strict";
import { cost, inferShapes } from "../../src/model/mod.ts";
import { rewriteCosts, rewrites } from "../../src/paper/rewrites.ts";

const costs = rewrites().map(({ forms }) =>
  forms.map(({ graph }) => cost(graph).multiplyAdds)
);

Deno.test("rewrites() have forms of one input and one output", () => {
  for (const { name, forms } of rewrites()) {
    const shapes = forms.map(({ graph }) => [
      graph.input,
      inferShapes(graph).get(graph.outputs.features),
    ]);
    for (const shape of shapes) assert.deepEqual(shape, shapes[0], name);
  }
});

Deno.test("rewrites() of convolutions save what their windows do", () => {
  const savings = costs.slice(0, 3).map(([whole, parts]) =>
    1 - parts! / whole!
  );
  const expected = [1 - 18 / 25, 1 - 6 / 9, 1 - 14 / 49];
  for (const [i, saving] of savings.entries()) {
    assert.ok(Math.abs(saving - expected[i]!) < 1e-12);
  }
});

Deno.test("rewrites() of the grid reduction cost what the paper argues", () => {
  const [convFirst, poolFirst, parallel] = costs[3]!;
  const [wide, small] = [35 * 35, 17 * 17];
  const branch3x3 = 9 * 288 * 384;
  const reduce = 288 * 64 + 9 * 64 * 96;
  const last = 9 * 96 * 96;
  assert.equal(convFirst, wide * (branch3x3 + reduce + last));
  assert.equal(poolFirst, small * (branch3x3 + reduce + last));
  assert.equal(parallel, small * (branch3x3 + last) + wide * reduce);
  assert.ok(convFirst / parallel! > 3);
});

Deno.test("rewrites() of the grid reduction have the same weights", () => {
  const parameters = rewrites()[3]!.forms.map(({ graph }) =>
    cost(graph).parameters
  );
  assert.equal(new Set(parameters).size, 1);
});

Deno.test("rewrites() make three 3 x 3 of the first 7 x 7 at three times its cost", () => {
  const [whole, parts] = costs[4]!;
  assert.equal(whole, 147 ** 2 * 49 * 3 * 64);
  assert.equal(
    parts,
    9 * (149 ** 2 * 3 * 32 + 147 ** 2 * (32 * 32 + 32 * 64)),
  );
});

Deno.test("rewriteCosts() says what each form saves of the first", () => {
  for (const { forms } of rewriteCosts()) {
    const [first, ...others] = forms;
    assert.equal(first!.saved, 0);
    for (const { multiplyAdds, saved } of others) {
      assert.ok(
        Math.abs(multiplyAdds / first!.multiplyAdds - (1 - saved)) < 1e-12,
      );
    }
  }
});
