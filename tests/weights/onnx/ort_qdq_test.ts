import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { tfjsWasm } from "../../../src/backends/tfjs/tfjs_backends.ts";
import { decodeImage } from "../../../src/image/decode.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { loadNetwork } from "../../../src/weights/mod.ts";

const FOLDER = new URL("../../data/models/", import.meta.url);

/**
 * The logits of ONNX Runtime 1.30.0 for `onnx/ort_qdq.onnx` without rounding of
 * activations: without the pairs of QuantizeLinear and DequantizeLinear between layers,
 * and with the ReLU that these stand for. The file is torchvision's network, exported
 * by torch 1.13 (opset 17) and quantized by ONNX Runtime's `quantize_static` (QDQ,
 * uint8, int8 weights per channel).
 */
const LOGITS: Readonly<Record<string, readonly number[]>> = {
  "a_299.png": [
    0.4392767,
    0.6270671,
    1.131034,
    -0.9035428,
    0.3646288,
    1.19859,
  ],
  "b_299.png": [
    -1.806225,
    -1.49855,
    1.696209,
    1.202253,
    0.678916,
    0.1431208,
  ],
};

Deno.test("a model that ONNX Runtime quantized gives what its weights compute without rounding", async () => {
  const packed = Deno.readFileSync(new URL("onnx/ort_qdq.onnx.gz", FOLDER));
  const network = await loadNetwork(new Uint8Array(gunzipSync(packed)));
  // It includes transform_input, in parts.
  assert.equal(network.origins?.pixels, "model");
  const graph = inceptionV3({ ...network.architecture, variant: "full" });
  using session = await tfjsWasm().reserve(graph).open(network);
  for (const [image, expected] of Object.entries(LOGITS)) {
    const bytes = Deno.readFileSync(new URL(`inputs/${image}`, FOLDER));
    const { data } = await decodeImage(bytes);
    const found = await session.run(data, "logits");
    assert.equal(found.length, expected.length);
    for (const [i, value] of expected.entries()) {
      assert.ok(
        Math.abs(found[i]! - value) < 3e-4,
        `${found[i]}, not ${value}`,
      );
    }
  }
});
