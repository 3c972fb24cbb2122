import assert from "node:assert/strict";
import { assertWeights } from "../../src/weights/assert_weights.ts";

const PAGE = 2 ** 16;

/** The fallback scan, for runtimes that don't compile WebAssembly from bytes. */
const without = await withoutModules(() =>
  import(`../../src/weights/assert_weights.ts${"?without"}`)
);

async function withoutModules<T>(load: () => Promise<T>): Promise<T> {
  const { Module } = WebAssembly;
  try {
    Object.assign(WebAssembly, {
      Module: class {
        constructor() {
          throw new WebAssembly.CompileError("refused by embedder");
        }
      },
    });
    const loaded = await load() as T & { assertWeights: typeof assertWeights };
    loaded.assertWeights("none", new Int8Array(1)); // Initializes itself on this first call.
    return loaded;
  } finally {
    Object.assign(WebAssembly, { Module });
  }
}

for (
  const [how, expect] of [
    ["with SIMD", assertWeights],
    ["without compiling", without.assertWeights as typeof assertWeights],
  ] as const
) {
  Deno.test(`assertWeights() finds -128 at any place, ${how}`, () => {
    for (const length of [1, 15, 16, 17, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE]) {
      // Weights aren't aligned in their file.
      const weight = new Int8Array(length + 3).subarray(3);
      for (let i = 0; i < length; i++) weight[i] = i % 255 - 127;
      expect("layer", weight);
      for (
        const at of [0, length >> 1, length - 1, Math.min(PAGE, length) - 1]
      ) {
        const before = weight[at]!;
        weight[at] = -128;
        assert.throws(() => expect("layer", weight), {
          name: "CorruptWeightsError",
          message:
            'Cannot use the weights of "layer" as they must be in -127..127: one is -128',
        }, `${at} of ${length}`);
        weight[at] = before;
      }
      // Old data in the scan's memory isn't mistaken for its own.
      expect("layer", weight.subarray(0, length >> 1));
    }
    expect("layer", new Int8Array());
  });
}
