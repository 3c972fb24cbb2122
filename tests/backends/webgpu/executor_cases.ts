/** Compares the executor's results with a reference in scalar code. */
import assert from "node:assert/strict";
import { openExecutor } from "../../../src/backends/webgpu/executor.ts";
import type { ConvTile } from "../../../src/backends/webgpu/layout.ts";
import { planGraph } from "../../../src/backends/webgpu/plan.ts";
import {
  inceptionV3,
  type InceptionV3Options,
} from "../../../src/model/mod.ts";
import { noise } from "../../random.ts";
import { evaluate, randomNetwork } from "../simd/int8_network.ts";
import { gpuFor, testGpu, TILE } from "./gpu.ts";

/** Networks, by their special feature. */
const NETWORKS = {
  "the smallest image": {
    variant: 75,
    widthMultiplier: 1 / 8,
    classes: 5,
    hiddenUnits: [7],
  },
  "padding that counts": {
    variant: "low79",
    widthMultiplier: 1 / 8,
    classes: 5,
    countIncludePad: true,
  },
  "FID's, of maxima": {
    variant: 131,
    widthMultiplier: 1 / 8,
    classes: 1,
    lastPool: "max",
    pooling: "max",
    activation: "sigmoid",
  },
  "cut, of all activations": {
    variant: 75,
    widthMultiplier: 1 / 8,
    classes: 5,
    lastBlock: "Mixed_6a",
    pooling: "flatten",
    activation: "none",
  },
} satisfies Record<string, InceptionV3Options>;

const TILES: readonly { readonly bits: 7 | 8; readonly tile: ConvTile }[] = [
  { bits: 8, tile: TILE },
  { bits: 7, tile: { products: "f32", pixels: 8, panels: 1 } },
  { bits: 8, tile: { products: "f32", pixels: 1, panels: 3 } },
];

/** Registers tests of the executor on networks, with each tile. */
export function testExecutor(names: readonly (keyof typeof NETWORKS)[]): void {
  for (const name of names) {
    for (const { bits, tile } of TILES) {
      const { products, pixels, panels } = tile;
      testGpu(
        `the executor gives the codes of the reference: ${name}, ${products}, ${pixels} x ${panels}`,
        () => assertCodes(NETWORKS[name], bits, tile),
      );
    }
  }
}

/** Asserts that all outputs equal those of the reference. */
async function assertCodes(
  options: InceptionV3Options,
  bits: 7 | 8,
  tile: ConvTile,
): Promise<void> {
  const graph = inceptionV3(options);
  const network = randomNetwork(graph, 1);
  const image = noise(graph.input[0]);
  const expected = evaluate(network, graph, image, bits);
  const plan = planGraph(graph, bits, tile);
  const executor = await openExecutor(await gpuFor(plan), plan, network);
  for (const output of ["activations", "features", "logits"] as const) {
    const { steps, range } = plan.outputs.get(output)!;
    const bytes = await executor.run(1, image, steps, range);
    const values = expected.get(graph.outputs[output]!)!;
    const found = output === "activations"
      ? new Uint8Array(bytes)
      : new Float32Array(bytes);
    assert.equal(found.length, values.length);
    compare(found, values);
  }
  executor.close();
}

/**
 * Codes may sometimes differ by one, as devices may fuse multiplications and additions.
 */
function compare(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
): void {
  let different = 0;
  const values = Array.from(expected);
  const most = values.reduce((most, it) => Math.max(most, Math.abs(it)), 0);
  const step = expected instanceof Uint8Array ? 1 : most / 100;
  for (const [i, value] of values.entries()) {
    const difference = Math.abs(found[i]! - value);
    assert.ok(difference <= step, `${i}: ${found[i]}, not ${value}`);
    if (difference > most * 1e-5) different++;
  }
  assert.ok(most > 0);
  assert.ok(
    different <= values.length / 50,
    `${different} of ${values.length}`,
  );
}
