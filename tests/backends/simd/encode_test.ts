import assert from "node:assert/strict";
import type { KernelConfig } from "../../../src/backends/simd/kernel_config.ts";
import type { PlannedKernels } from "../../../src/backends/simd/plan.ts";
import {
  inceptionV3,
  type InceptionV3Options,
} from "../../../src/model/mod.ts";
import { BLOCKS } from "../../../src/model/inception_options.ts";
import { noise } from "../../random.ts";
import { evaluate, randomNetwork, runProgram } from "./int8_network.ts";
import { type Build, kernelsOf } from "./kernels/kernels.ts";

// Narrow enough for the tests' memory.
const NETWORKS: Record<string, InceptionV3Options> = {
  full: {
    variant: 75,
    widthMultiplier: 1 / 16,
    classes: 5,
    hiddenUnits: [7],
  },
  low79: {
    variant: "low79",
    widthMultiplier: 1 / 32,
    classes: 5,
    countIncludePad: true,
  },
  "FID's, of maxima, with a sigmoid": {
    variant: 131, // The last grid has 2 x 2 cells.
    widthMultiplier: 1 / 32,
    classes: 1,
    lastPool: "max",
    pooling: "max",
    activation: "sigmoid",
  },
  "cut, of all activations, with logits": {
    variant: 75,
    widthMultiplier: 1 / 32,
    classes: 5,
    lastBlock: "Mixed_5c",
    pooling: "flatten",
    activation: "none",
  },
};

/** Relaxed kernels that are exact only in 7 bits. */
const BYTES = {
  bytes: "convPlain",
  image: "convPlain",
  signed: false,
} as const;

const CONV = {
  plain: { conv: "convPlain", ...BYTES },
  i32: { conv: "convI32", ...BYTES },
  i16: { conv: "convI16", ...BYTES },
} as const;

for (const [name, options] of Object.entries(NETWORKS)) {
  Deno.test(`writeNetwork() gives the answers of the reference: ${name}`, () => {
    check(options, "plain", { ...CONV.plain, bits: 8 });
    check(options, "plain_threads", { ...CONV.plain, bits: 7 });
    check(options, "relaxed", { ...CONV.i32, bits: 7 });
    check(options, "relaxed_threads", { ...CONV.i16, bits: 7 });
    check(options, "relaxed", { ...CONV.i32, bits: 7 }, "wide");
    check(options, "relaxed_threads", { ...CONV.i32, bits: 7 }, "wide");
    if (kernelsOf("relaxed").exports.probe(64) > 0) return;
    for (const bits of [7, 8] as const) {
      const exact = { bytes: "convI32", image: "convI32", bits } as const;
      check(options, "relaxed", { ...CONV.i32, ...exact });
      check(options, "relaxed", { ...CONV.i32, ...exact }, "wide");
    }
  });
}

Deno.test("writeNetwork() gives the answers of the reference, whatever block is the last", () => {
  for (const [i, lastBlock] of BLOCKS.entries()) {
    const pooling = (["mean", "max", "flatten"] as const)[i % 3]!;
    const options: InceptionV3Options = {
      variant: 75,
      widthMultiplier: 1 / 32,
      classes: 2,
      lastBlock,
      pooling,
    };
    check(options, "plain", { ...CONV.plain, bits: 8 });
  }
});

function check(
  options: InceptionV3Options,
  build: Build,
  config: KernelConfig,
  kernels: PlannedKernels = build.startsWith("plain") ? "plain" : "relaxed",
) {
  const { graph, network, pixels, expected } = referenceOf(options);
  const found = runProgram(
    kernelsOf(build),
    network,
    graph,
    pixels,
    kernels,
    config,
  );
  assert.deepEqual([...found.keys()], Object.values(graph.outputs));
  for (const [name, values] of found) {
    assert.deepEqual(values, expected(config.bits).get(name), name);
  }
}

/** A random network, and what the reference computes in 7 and 8 bits. */
const referenceOf = memoized((options: InceptionV3Options) => {
  const graph = inceptionV3(options);
  const network = randomNetwork(graph, 1);
  const pixels = noise(graph.input[0]);
  const expected = memoized((bits: 7 | 8) =>
    evaluate(network, graph, pixels, bits)
  );
  return { graph, network, pixels, expected };
});

/** Computes a function once for each argument. */
function memoized<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key)!;
  };
}
