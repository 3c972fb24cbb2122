import assert from "node:assert/strict";
import { integerNetwork, STEP } from "../../src/export/integer_network.ts";
import { inceptionV3, INPUT } from "../../src/model/mod.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";

const network = await narrowNetwork();
const graph = inceptionV3(network.architecture);
const integers = integerNetwork(network, graph);
const pools = new Set(
  graph.nodes.filter(({ op }) => op === "avgPool").map(({ name }) => name),
);

Deno.test("integerNetwork() stands for the same weights and bias", () => {
  for (const node of graph.nodes) {
    if (node.op !== "conv") continue;
    const { name, input, channels } = node;
    const { kernel, scales, bias } = integers.convolution(node);
    const expected = network.weights(name);
    const inputs = integers.ranges(input);
    const range = network.absMax(name);
    // The weights after an average pool are rounded once more.
    const steps = pools.has(input) ? 0.51 : 0.001;
    for (const [i, code] of kernel.entries()) {
      const output = i % channels;
      const inputRange = inputs[Math.floor(i / channels) % inputs.length]!;
      const step = scales[output]! * range / inputRange;
      assert.ok(
        Math.abs(code * step - expected.kernel[i]!) <= steps * step,
        `${name}: weight ${i}`,
      );
    }
    for (const [output, code] of bias.entries()) {
      const step = scales[output]! * STEP * range;
      const lost = Math.abs(code * step - expected.bias[output]!);
      assert.ok(lost <= 0.51 * step, `${name}: bias ${output}`);
    }
  }
});

Deno.test("integerNetwork() takes an image of bytes as 0..1", () => {
  assert.deepEqual([...integers.ranges(INPUT)], [255, 255, 255]);
});

Deno.test("integerNetwork() gives an average pool the ranges that it reads", () => {
  for (const node of graph.nodes) {
    if (node.op !== "avgPool") continue;
    assert.deepEqual(integers.ranges(node.name), integers.ranges(node.input));
  }
});
