/** The files that `bench/peers` writes are read back. */
import assert from "node:assert/strict";
import { writeFloatOnnx } from "../../../bench/peers/onnx/write_float_onnx.ts";
import { writeInt8Onnx } from "../../../bench/peers/onnx/write_int8_onnx.ts";
import { writeFloatTflite } from "../../../bench/peers/tflite/write_float_tflite.ts";
import { writeInt8Tflite } from "../../../bench/peers/tflite/write_int8_tflite.ts";
import { tfjsWasm } from "../../../src/backends/tfjs/tfjs_backends.ts";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { inceptionV3, type Network } from "../../../src/model/mod.ts";
import { loadNetwork } from "../../../src/weights/mod.ts";
import { narrowNetwork } from "../../backends/simd/narrow_file.ts";
import { noise } from "../../random.ts";

const SIDE = 75;
const quantized = await narrowNetwork();
const graph = inceptionV3({ ...quantized.architecture, variant: SIDE });

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
  for (const write of [writeFloatOnnx, writeFloatTflite]) {
    const { origins, preprocessing, variant } = await assertSame(
      write(quantized, graph),
      1e-4,
    );
    // Its first weights take bytes.
    assert.deepEqual(preprocessing.scale, [1, 1, 1]);
    assert.equal(origins?.pixels, "assumed");
    assert.equal(variant, SIDE);
  }
});

Deno.test("a TFLite file of a network in int8 has its weights, for inputs of 0..1", async () => {
  // What reads an average pool has its weights rounded anew.
  const { preprocessing, origins } = await assertSame(
    writeInt8Tflite(quantized, graph),
    0.02,
  );
  assert.deepEqual(preprocessing.scale, [1 / 255, 1 / 255, 1 / 255]);
  assert.deepEqual(preprocessing.offset, [0, 0, 0]);
  assert.equal(origins?.pixels, "model");
});

Deno.test("an ONNX file that computes in whole numbers is refused, with advice", async () => {
  await assert.rejects(
    loadNetwork(writeInt8Onnx(quantized, graph)),
    (error) => {
      assert.ok(error instanceof CorruptWeightsError, String(error));
      assert.match(
        error.message,
        /it is a QLinearConv, which computes in whole numbers: give the float model, or quantize that with quant_format=QuantFormat\.QDQ$/,
      );
      return true;
    },
  );
});
