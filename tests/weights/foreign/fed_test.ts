import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import type { PixelScale } from "../../../src/model/mod.ts";
import { matchFed } from "../../../src/weights/foreign/fed.ts";
import type {
  ForeignConv,
  ForeignNode,
  ForeignTensor,
} from "../../../src/weights/foreign/graph.ts";
import { readGraph } from "../../../src/weights/onnx/graph.ts";
import { parseModel } from "../../../src/weights/onnx/model.ts";
import {
  IMAGENET_PREPROCESSING,
  TORCHVISION_PREPROCESSING,
} from "../../../src/weights/torch/preprocessing.ts";

const FILE = new URL(
  "../../data/models/onnx/torch113_opset13.onnx.gz",
  import.meta.url,
);
const { nodes } = readGraph(
  parseModel(gunzipSync(Deno.readFileSync(FILE))),
  new Map(),
);
const [first, conv] = [...nodes].find(([, it]) => it.op === "conv") as [
  string,
  ForeignConv,
];

/** Matches the network with a scale and an offset applied to its input. */
function match(scaling?: PixelScale, kernel: ForeignTensor = conv.kernel) {
  const changed = new Map<string, ForeignNode>(nodes);
  const tensor = (values: readonly number[]): ForeignTensor => ({
    name: "scaling",
    shape: [3],
    read: () => Float32Array.from(values),
  });
  if (scaling) {
    changed.set("scaled", {
      op: "affine",
      name: "scaled",
      input: "input",
      scale: tensor(scaling.scale),
      offset: tensor(scaling.offset),
    });
  }
  const input = scaling ? "scaled" : "input";
  changed.set(first, { ...conv, input, kernel });
  return matchFed({
    format: "ONNX model",
    noun: "node",
    nodes: changed,
    output: "logits",
  }, IMAGENET_PREPROCESSING);
}

const all = (scale: number, offset: number): PixelScale => ({
  scale: [scale, scale, scale],
  offset: [offset, offset, offset],
});

/** Composes two scalings: first `a`, then `b`. */
const after = (a: PixelScale, b: PixelScale): PixelScale => ({
  scale: [0, 1, 2].map((c) => a.scale[c]! * b.scale[c]!) as never,
  offset: [0, 1, 2].map((c) =>
    a.offset[c]! * b.scale[c]! + b.offset[c]!
  ) as never,
});

function assertNear(found: PixelScale | undefined, expected: PixelScale): void {
  for (const part of ["scale", "offset"] as const) {
    for (const [c, value] of expected[part].entries()) {
      assert.ok(Math.abs(found![part][c]! - value) < 0.01, `${part} ${c}`);
    }
  }
}

Deno.test("what a file makes of its input tells what that is", () => {
  const symmetric = TORCHVISION_PREPROCESSING;
  const imagenet = IMAGENET_PREPROCESSING;
  const normalize: PixelScale = {
    scale: imagenet.scale.map((it) => it * 255) as never,
    offset: imagenet.offset,
  };
  const transformInput: PixelScale = {
    scale: [0.458, 0.448, 0.45],
    offset: [-0.03, -0.088, -0.188],
  };
  const cases: [scaling: PixelScale, pixels: PixelScale][] = [
    [transformInput, symmetric], // Its input has ImageNet's normalization.
    [normalize, imagenet], // 0..1
    [all(2, -1), symmetric], // 0..1
    [all(1 / 127.5, -1), symmetric], // Bytes.
    [all(1 / 128, -1), all(1 / 128, -1)], // Bytes.
    [all(1 / 255, 0), all(1 / 255, 0)], // Bytes.
    [imagenet, imagenet], // Bytes.
    [all(0.5, 0.5), all(1 / 255, 0)], // -1..1
  ];
  for (const [scaling, pixels] of cases) {
    assertNear(match(scaling).pixels, pixels);
  }
});

Deno.test("the users' habit is assumed where a file tells nothing", () => {
  const plain = match();
  assert.equal(plain.pixels, undefined);
  assertNear(plain.usual, IMAGENET_PREPROCESSING);
  // No common pixel range explains this scaling.
  const odd = match(all(3, 7));
  assert.equal(odd.pixels, undefined);
  assertNear(odd.usual, after(IMAGENET_PREPROCESSING, all(3, 7)));
});

Deno.test("bytes are assumed where the first weights are made for them", () => {
  const kernel = {
    ...conv.kernel,
    read: () => conv.kernel.read().map((it) => it / 127.5),
  };
  const { pixels, usual } = match(undefined, kernel);
  assert.equal(pixels, undefined);
  assert.deepEqual([usual.scale, usual.offset], [[1, 1, 1], [0, 0, 0]]);
  assert.deepEqual(usual.crop, IMAGENET_PREPROCESSING.crop);
  // The file's own scaling is applied on top.
  const odd = match(all(3, 7), kernel);
  assert.equal(odd.pixels, undefined);
  assertNear(odd.usual, all(3, 7));
});
