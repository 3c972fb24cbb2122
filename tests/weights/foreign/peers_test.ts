/** Files exported for other runtimes can be imported. */
import assert from "node:assert/strict";
import {
  exportOnnx,
  exportTflite,
  type WrittenModel,
} from "../../../src/export/mod.ts";
import { tfjsWasm } from "../../../src/backends/tfjs/tfjs_backends.ts";
import {
  inceptionV3,
  type Network,
  type QuantizedNetwork,
} from "../../../src/model/mod.ts";
import { loadNetwork } from "../../../src/weights/mod.ts";
import { narrowNetwork } from "../../backends/simd/narrow_file.ts";
import { noise } from "../../random.ts";

const SIDE = 75;
const quantized: QuantizedNetwork = {
  ...await narrowNetwork(),
  variant: SIDE,
};
/** The same weights in f32. */
const floats: Network = {
  architecture: quantized.architecture,
  variant: SIDE,
  labels: quantized.labels,
  preprocessing: quantized.preprocessing,
  weights: (name) => quantized.weights(name),
};

/** The bytes of a file without its input metadata, as if another tool had written it. */
async function bytesOf({ stream }: WrittenModel): Promise<Uint8Array> {
  const file = await new Response(stream as ReadableStream<never>).bytes();
  const text = new TextDecoder("latin1").decode(file);
  const at = text.indexOf("totem.preprocessing");
  assert.notEqual(at, -1);
  file[at] = "n".charCodeAt(0);
  return file;
}

async function probabilities(network: Network): Promise<readonly number[]> {
  const graph = inceptionV3({ ...network.architecture, variant: SIDE });
  using session = await tfjsWasm().reserve(graph).open(network);
  return [...await session.run(noise(SIDE), "probabilities")];
}

async function assertSame(
  file: Uint8Array,
  tolerance: number,
): Promise<Network> {
  const network = await loadNetwork(file);
  const [ours, theirs] = await Promise.all(
    [quantized, network].map(probabilities),
  );
  const difference = Math.max(
    ...ours!.map((it, i) => Math.abs(it - theirs![i]!)),
  );
  assert.ok(difference < tolerance, `${difference}`);
  return network;
}

Deno.test("ONNX and TFLite files of a network in floats give its answers", async () => {
  for (const write of [exportOnnx, exportTflite]) {
    const { origins, preprocessing, variant } = await assertSame(
      await bytesOf(write(floats)),
      1e-4,
    );
    // Its first weights are for bytes.
    assert.deepEqual(preprocessing.scale, [1, 1, 1]);
    assert.equal(origins?.pixels, "assumed");
    assert.equal(variant, SIDE);
  }
});

Deno.test("ONNX and TFLite files of a network in int8 have its weights, for inputs of 0..1", async () => {
  for (const write of [exportOnnx, exportTflite]) {
    // Layers that read an average pool have their weights rounded again.
    const { preprocessing, origins } = await assertSame(
      await bytesOf(write(quantized)),
      0.02,
    );
    const step = Math.fround(1 / 255);
    assert.deepEqual(preprocessing.scale.map(Math.fround), [step, step, step]);
    assert.deepEqual(preprocessing.offset.map(Math.abs), [0, 0, 0]);
    assert.equal(origins?.pixels, "model");
  }
});

Deno.test("an ONNX file of FID's network is fed as pytorch-fid feeds it, unless it says otherwise", async () => {
  const fid: Network = {
    ...floats,
    architecture: {
      ...floats.architecture,
      countIncludePad: false,
      lastPool: "max",
    },
    // Otherwise the first weights would be small, and so look made for bytes.
    weights(name) {
      const weights = floats.weights(name);
      return name === "Conv2d_1a_3x3"
        ? { ...weights, kernel: weights.kernel.map((it) => it * 127.5) }
        : weights;
    },
  };
  const file = await bytesOf(exportOnnx(fid));
  const { architecture, preprocessing, origins } = await loadNetwork(file);
  assert.equal(architecture.lastPool, "max");
  assert.deepEqual(preprocessing, {
    crop: { kind: "squash" },
    resize: "half-pixel",
    scale: [1 / 127.5, 1 / 127.5, 1 / 127.5],
    offset: [-1, -1, -1],
  });
  assert.equal(origins?.pixels, "assumed");
});
