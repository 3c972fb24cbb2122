import { checkBlock, INPUT_LAYER, testBlocks } from "./block_gradients.ts";
import { CONV } from "./blocks.ts";

testBlocks("wasm"); // The other backends are among the long tests.

Deno.test("gradients through convolutions agree, strided, padded, or with pixels left over", async () => {
  for (
    const [kernel, stride] of [
      [[3, 3], 1],
      [[1, 4], 1],
      [[2, 1], 1],
      [[3, 3], 2],
      [[3, 3], 3],
    ] as const
  ) {
    for (const padding of ["same", "valid"] as const) {
      await checkBlock("wasm", {
        input: [11, 12, 3],
        nodes: [
          { ...CONV, name: INPUT_LAYER },
          {
            ...CONV,
            name: "conv",
            input: INPUT_LAYER,
            kernel,
            stride,
            padding,
          },
        ],
        outputs: { features: "conv" },
      });
    }
  }
});

Deno.test("gradients through pools agree, strided, padded, or with pixels left over", async () => {
  for (const op of ["avgPool", "maxPool"] as const) {
    for (const [size, stride] of [[3, 1], [2, 2], [3, 2]] as const) {
      for (const padding of ["same", "valid"] as const) {
        for (const countIncludePad of [false, true]) {
          const window = { input: INPUT_LAYER, size, stride, padding };
          await checkBlock("wasm", {
            input: [11, 12, 3],
            nodes: [
              { ...CONV, name: INPUT_LAYER },
              op === "maxPool"
                ? { ...window, op, name: "pool" }
                : { ...window, op, name: "pool", countIncludePad },
              { ...CONV, name: "behind", input: "pool" },
            ],
            outputs: { features: "behind" },
          });
        }
      }
    }
  }
});
