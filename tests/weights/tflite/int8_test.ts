import assert from "node:assert/strict";
import { compareRealFile, loadRealFile, REAL_FILES } from "../real_files.ts";

/**
 * The results of TensorFlow 2.21.0 in f32 with the dequantized weights of the file,
 * `(q - zero point) * scale`. The interpreter also rounds each activation to 8 bits,
 * which changes probabilities by up to 0.29 in a network with random weights.
 */
const UNROUNDED = {
  "a_299.png": {
    probabilities: [
      0.0912786,
      0.164537,
      0.101817,
      0.00769451,
      0.0505727,
      0.584101,
    ],
    pooledFirst8: [
      0.359047,
      0.443845,
      0.516071,
      0.437573,
      0.212597,
      0.553265,
      0.136306,
      0.765931,
    ],
    pooledL2: 5.6519866,
  },
  "b_299.png": {
    probabilities: [
      0.0397085,
      0.0358038,
      0.148306,
      0.335269,
      0.395335,
      0.0455782,
    ],
    pooledFirst8: [
      0.448815,
      0.423948,
      0.239076,
      0.195786,
      0.135141,
      0.451171,
      0.0916678,
      0.507352,
    ],
    pooledL2: 4.2417073,
  },
};

Deno.test("tf/int8.tflite gives what its weights compute without rounding", async () => {
  const real = REAL_FILES.find(({ file }) => file === "tf/int8.tflite")!;
  const network = await loadRealFile(real);
  const outputs = Object.fromEntries(
    Object.entries(UNROUNDED).map((
      [image, it],
    ) => [image, { ...it, pooledLength: 128 }]),
  );
  const { answers, features } = await compareRealFile(
    { ...real, outputs },
    network,
  );
  assert.ok(answers! < 1e-4, `answers differ by ${answers}`);
  assert.ok(features < 1e-4, `features differ by ${features}`);
});
