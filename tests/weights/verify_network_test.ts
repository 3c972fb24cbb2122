import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../src/errors.ts";
import {
  inceptionV3,
  inferShapes,
  isWeighted,
  type QuantizedNetwork,
} from "../../src/model/mod.ts";
import { readNetwork, writeNetwork } from "../../src/weights/mod.ts";
import { verifyNetwork } from "../../src/weights/verify_file.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { NARROW } from "../layers_model.ts";

const network = await narrowNetwork({
  architecture: { ...NARROW, hiddenUnits: [9] },
});
const graph = inceptionV3(network.architecture);
const weighted = graph.nodes.filter(isWeighted);

Deno.test("verifyNetwork() passes a network that was quantized, written and read", async () => {
  verifyNetwork(network);
  verifyNetwork(await readNetwork(writeNetwork(network).stream));
});

for (
  const name of ["Conv2d_1a_3x3", "Mixed_6e/branch7x7_2", "Logits/hidden_1"]
) {
  Deno.test(`verifyNetwork() finds a weight of -128 in ${name}`, () => {
    const { weight } = network.quantized(name);
    // The whole extent is checked.
    const ends = [weight.findIndex((it) => it !== 0), lastWeight(weight)];
    for (const at of ends) {
      assertFinds(damage(name, at, -128), name, /one is -128$/);
    }
    verifyNetwork(damage(name, ends[0]!, -127));
  });
}

Deno.test("verifyNetwork() finds padding that isn't zero, of inputs and outputs", () => {
  const shapes = inferShapes(graph);
  const kinds = new Set<string>();
  for (const node of weighted) {
    if (node.op !== "conv") continue;
    const { name, channels } = node;
    const inputs = shapes.get(node.input)![2];
    const rounded = Math.ceil(inputs / 4) * 4;
    const { weight } = network.quantized(name);
    if (channels % 8 !== 0) {
      kinds.add("outputs");
      // The last of 8 output channels, and the first input.
      const at = weight.length - rounded * node.kernel[1] * 8 + 7 * 4;
      assertFinds(damage(name, at, 1), name, /padding must be zero$/);
    }
    if (inputs % 4 !== 0) {
      kinds.add("inputs");
      // The last input of the first output channel, in the first pixel.
      const at = (rounded / 4 - 1) * 32 + 3;
      assertFinds(damage(name, at, -1), name, /padding must be zero$/);
    }
  }
  assert.deepEqual([...kinds].sort(), ["inputs", "outputs"]);
});

Deno.test("verifyNetwork() takes any weight that isn't padding", () => {
  verifyNetwork({
    ...network,
    quantized(name) {
      const layer = network.quantized(name);
      const weight = layer.weight.map((code) => code === 0 ? 0 : -127);
      return { ...layer, weight };
    },
  });
});

Deno.test("verifyNetwork() doesn't change what it looks at", () => {
  const before = weighted.map(({ name }) => network.quantized(name));
  const layers = new Map(weighted.map(({ name }, i) => [name, before[i]!]));
  const copies = before.map(({ weight }) => weight.slice());
  verifyNetwork({ ...network, quantized: (name) => layers.get(name)! });
  assert.deepEqual(before.map(({ weight }) => weight), copies);
});

/** The network with one changed code. */
function damage(name: string, at: number, code: number): QuantizedNetwork {
  return {
    ...network,
    quantized(it) {
      const layer = network.quantized(it);
      if (it !== name) return layer;
      const weight = layer.weight.slice();
      assert.ok(at >= 0 && at < weight.length);
      weight[at] = code;
      return { ...layer, weight };
    },
  };
}

function assertFinds(
  network: QuantizedNetwork,
  name: string,
  message: RegExp,
): void {
  assert.throws(() => verifyNetwork(network), (error) => {
    assert.ok(error instanceof CorruptWeightsError, String(error));
    assert.ok(error.message.includes(`"${name}"`), error.message);
    assert.match(error.message, message);
    return true;
  }, name);
}

function lastWeight(weight: Int8Array): number {
  return weight.findLastIndex((it) => it !== 0);
}
