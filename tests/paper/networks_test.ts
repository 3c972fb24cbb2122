import assert from "node:assert/strict";
import { cost, inceptionV3, inferShapes } from "../../src/model/mod.ts";
import {
  googLeNet,
  inceptionV2,
  networkCost,
  resNet152,
  vgg16,
} from "../../src/paper/mod.ts";

/** The values of a convolution, and its multiplications. */
function conv(side: number, from: number, to: number, kernel: number) {
  const weights = kernel * from * to;
  return { weights, multiplyAdds: side * side * weights, channels: to };
}

function sum(parts: readonly ReturnType<typeof conv>[]) {
  const add = (key: "weights" | "multiplyAdds" | "channels") =>
    parts.reduce((total, it) => total + it[key], 0);
  return {
    weights: add("weights"),
    multiplyAdds: add("multiplyAdds"),
    channels: add("channels"),
  };
}

/** The columns of arXiv 1409.4842's Table 1: side, input, and #1x1 to pool proj. */
const GOOGLENET = [
  [28, 192, 64, 96, 128, 16, 32, 32],
  [28, 256, 128, 128, 192, 32, 96, 64],
  [14, 480, 192, 96, 208, 16, 48, 64],
  [14, 512, 160, 112, 224, 24, 64, 64],
  [14, 512, 128, 128, 256, 24, 64, 64],
  [14, 512, 112, 144, 288, 32, 64, 64],
  [14, 528, 256, 160, 320, 32, 128, 128],
  [7, 832, 256, 160, 320, 32, 128, 128],
  [7, 832, 384, 192, 384, 48, 128, 128],
] as const;

Deno.test("googLeNet() costs what its Table 1 adds up to, and what Caffe's has", () => {
  const expected = sum([
    conv(112, 3, 64, 49),
    conv(56, 64, 64, 1),
    conv(56, 64, 192, 9),
    ...GOOGLENET.flatMap(([side, from, b1, r3, b3, r5, b5, pool]) => [
      conv(side, from, b1, 1),
      conv(side, from, r3, 1),
      conv(side, r3, b3, 9),
      conv(side, from, r5, 1),
      conv(side, r5, b5, 25),
      conv(side, from, pool, 1),
    ]),
    conv(1, 1024, 1000, 1),
  ]);
  const { multiplyAdds, parameters } = cost(googLeNet());
  assert.equal(multiplyAdds, expected.multiplyAdds);
  assert.equal(parameters, expected.weights + expected.channels);
  assert.equal(parameters, 6_998_552);
  assert.equal(rounded(multiplyAdds, 1e8), 1.6e9);
});

Deno.test("vgg16() costs what its 13 convolutions and 3 dense layers add up to", () => {
  const channels = [64, 64, 128, 128, 256, 256, 256, ...Array(6).fill(512)];
  const sides = [224, 224, 112, 112, 56, 56, 56, 28, 28, 28, 14, 14, 14];
  const expected = sum([
    ...channels.map((to, i) => conv(sides[i]!, channels[i - 1] ?? 3, to, 9)),
    conv(1, 7 * 7 * 512, 4096, 1),
    conv(1, 4096, 4096, 1),
    conv(1, 4096, 1000, 1),
  ]);
  const { multiplyAdds, parameters } = cost(vgg16());
  assert.equal(multiplyAdds, expected.multiplyAdds);
  assert.equal(parameters, expected.weights + expected.channels);
  assert.equal(parameters, 138_357_544);
  assert.equal(rounded(multiplyAdds, 1e8), 15.5e9);
});

Deno.test("resNet152() costs what its Table 1 adds up to, and what torchvision's has", () => {
  const blocks = [[56, 3, 64], [28, 8, 128], [14, 36, 256], [7, 3, 512]];
  const convolutions = sum([
    conv(112, 3, 64, 49),
    ...blocks.flatMap(([side, depth, width]) => {
      const from = width === 64 ? 64 : 2 * width!;
      return [
        conv(side!, from, 4 * width!, 1), // The projection.
        ...Array.from({ length: depth! }, (_, i) => [
          conv(side!, i === 0 ? from : 4 * width!, width!, 1),
          conv(side!, width!, width!, 9),
          conv(side!, width!, 4 * width!, 1),
        ]).flat(),
      ];
    }),
  ]);
  const head = conv(1, 2048, 1000, 1);
  const { multiplyAdds, parameters } = networkCost(resNet152());
  assert.equal(multiplyAdds, convolutions.multiplyAdds + head.multiplyAdds);
  assert.equal(rounded(multiplyAdds, 1e8), 11.3e9);
  // We count 3 values of batch norm per channel, torchvision 2.
  assert.equal(parameters - convolutions.channels, 60_192_808);
  assert.equal(
    parameters,
    convolutions.weights + 3 * convolutions.channels + head.weights + 1000,
  );
});

Deno.test("resNet152() has 50 sums, each of a shortcut and 3 convolutions", () => {
  const { nodes } = resNet152();
  assert.equal(nodes.filter(({ op }) => op === "add").length, 50);
  assert.equal(nodes.filter(({ op }) => op === "conv").length, 1 + 150 + 4);
});

Deno.test("inceptionV2() has the input sizes of the paper's Table 1", () => {
  const shapes = inferShapes(inceptionV2());
  const sizes: Record<string, number[]> = {
    conv1: [147, 147, 64],
    pool1: [73, 73, 64],
    conv2: [71, 71, 80],
    conv3: [35, 35, 192],
    conv4: [35, 35, 288],
    mixed_35_3: [35, 35, 288],
    reduction_17: [17, 17, 768],
    mixed_17_5: [17, 17, 768],
    reduction_8: [8, 8, 1280],
    mixed_8_2: [8, 8, 2048],
    logits: [1, 1, 1000],
  };
  for (const [name, size] of Object.entries(sizes)) {
    assert.deepEqual(shapes.get(name), size, name);
  }
});

Deno.test("inceptionV2() differs from inceptionV3() by its stem and two blocks", () => {
  const [v2, v3] = [cost(inceptionV2()), cost(inceptionV3())];
  const block = (name: string) =>
    v3.nodes.filter(({ node }) => node.name.startsWith(`${name}/`))
      .reduce((total, it) => total + it.multiplyAdds, 0);
  const stem = (of: typeof v3, count: number) =>
    of.nodes.filter(({ node }) => node.op === "conv").slice(0, count)
      .reduce((total, it) => total + it.multiplyAdds, 0);
  const others = v3.multiplyAdds - stem(v3, 5) - block("Mixed_5b") -
    block("Mixed_5c") - block("Mixed_5d");
  assert.equal(
    v2.multiplyAdds,
    stem(v2, 4) + 3 * block("Mixed_5d") + others + block("Mixed_6d"),
  );
});

Deno.test("all networks to compare with end with 1000 classes", () => {
  for (const make of [googLeNet, inceptionV2, inceptionV3, vgg16, resNet152]) {
    const graph = make();
    const { node, shape } = networkCost(graph).nodes.at(-1)!;
    assert.equal(node.name, graph.outputs.probabilities);
    assert.deepEqual(shape, [1, 1, 1000]);
  }
});

function rounded(value: number, step: number): number {
  return Math.round(value / step) * step;
}
