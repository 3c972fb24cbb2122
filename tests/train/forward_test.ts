import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import type { Tensor4D } from "../../src/backends/tfjs/types.ts";
import { loadTfjs } from "../../src/backends/tfjs/load_tfjs.ts";
import { type Graph, inceptionV3 } from "../../src/model/mod.ts";
import { createParameters } from "../../src/train/parameters.ts";
import { runForward } from "../../src/train/forward.ts";
import { disposeAll } from "../../src/train/parameters.ts";
import { randomNumbers } from "../random.ts";
import { CONV, NARROW, randomTensor } from "./blocks.ts";

await loadTfjs("wasm");
await tf.setBackend("wasm");

Deno.test("batches are normalized by their own moments, which are shown", () => {
  const graph: Graph = {
    input: [5, 4, 2],
    nodes: [{ ...CONV, name: "conv", kernel: [3, 3] }],
    outputs: { features: "conv" },
  };
  tf.tidy(() => {
    const parameters = createParameters(tf, graph, randomNumbers(1));
    const images = randomTensor(tf, [3, ...graph.input], 2) as Tensor4D;
    const seen: [string, number[], number[]][] = [];
    const [output] = runForward(
      tf,
      graph,
      parameters,
      images,
      ["conv"],
      (node, { mean, variance }) =>
        seen.push([node, [...mean.dataSync()], [...variance.dataSync()]]),
    );
    const sums = tf.conv2d(
      images,
      parameters.get("conv.kernel") as Tensor4D,
      1,
      "same",
    );
    const { mean, variance } = tf.moments(sums, [0, 1, 2]);
    const [[node, means, variances]] = seen as [typeof seen[0]];
    assert.equal(node, "conv");
    assertClose(means, mean.dataSync());
    assertClose(variances, variance.dataSync());
    const expected = tf.relu(
      tf.div(tf.sub(sums, mean), tf.sqrt(tf.add(variance, 1e-3))),
    );
    assertClose([...output!.dataSync()], expected.dataSync());
  });
});

Deno.test("what isn't asked for isn't computed", () => {
  const graph = inceptionV3({ ...NARROW, variant: "low79", auxiliary: true });
  const seen: string[] = [];
  tf.tidy(() => {
    const parameters = createParameters(tf, graph, randomNumbers(1));
    const images = randomTensor(tf, [1, ...graph.input], 2) as Tensor4D;
    const [logits] = runForward(
      tf,
      graph,
      parameters,
      images,
      [graph.outputs.auxLogits!],
      (node) => seen.push(node),
    );
    assert.deepEqual(logits!.shape, [1, 5]);
  });
  assert.ok(seen.includes("AuxLogits/conv1"));
  assert.ok(!seen.some((it) => it.startsWith("Mixed_7")));
});

Deno.test("kernels begin truncated normal, with slim's deviations", () => {
  const graph = inceptionV3({
    ...NARROW,
    widthMultiplier: 1 / 4,
    variant: "low79",
    auxiliary: true,
  });
  const parameters = createParameters(tf, graph, randomNumbers(3));
  for (
    const [name, deviation] of [
      ["Conv2d_4a_3x3", 0.1],
      ["AuxLogits/conv1", 0.01],
      ["AuxLogits/fc", 0.001],
    ] as const
  ) {
    const values = parameters.get(`${name}.kernel`)!.dataSync() as Float32Array;
    const square = values.reduce((sum, it) => sum + it * it, 0);
    // A normal distribution truncated at two deviations has a deviation of 0.88.
    const found = Math.sqrt(square / values.length) / deviation;
    assert.ok(Math.abs(found - 0.88) < 0.04, `${name}: ${found}`);
    assert.ok(values.every((it) => Math.abs(it) <= 2.001 * deviation));
  }
  const beta = parameters.get("Conv2d_4a_3x3.beta")!.dataSync();
  assert.ok(beta.every((it) => it === 0));
  disposeAll(parameters);
});

function assertClose(found: number[], expected: ArrayLike<number>): void {
  assert.equal(found.length, expected.length);
  for (const [i, value] of found.entries()) {
    assert.ok(Math.abs(value - expected[i]!) < 1e-4);
  }
}
