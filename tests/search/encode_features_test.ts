import assert from "node:assert/strict";
import { encodeFeatures } from "../../src/search/encode_features.ts";
import { cosine } from "../cosine.ts";
import { randomNumbers } from "../random.ts";
import { filled } from "../filled.ts";

Deno.test("encodeFeatures() gives the largest feature the code 127", () => {
  const codes = new Uint8Array(4);
  const scale = encodeFeatures(Float32Array.of(0, 1, 2, 0.1), codes);
  assert.deepEqual([...codes], [0, 64, 127, 6]);
  assert.equal(scale, Math.fround(1 / Math.sqrt(64 ** 2 + 127 ** 2 + 36)));
});

Deno.test("encodeFeatures() keeps the direction, at any length", () => {
  const random = randomNumbers(1);
  for (const length of [1e-38, 1, 1e38]) {
    const features = filled(Float32Array, 2048, () => random() ** 4 * length);
    const codes = new Uint8Array(2048);
    encodeFeatures(features, codes);
    assert.ok(cosine(features, codes) > 0.9999);
  }
});

Deno.test("encodeFeatures() rounds as Math.round(), halves too", () => {
  const random = randomNumbers(2);
  const halves = Array.from({ length: 255 }, (_, i) => i);
  const others = Array.from({ length: 5000 }, () => random() * 254);
  const features = Float32Array.from([254, ...halves, ...others]);
  const codes = new Uint8Array(features.length);
  encodeFeatures(features, codes);
  const expected = features.map((it) => Math.round(it / 254 * 127));
  assert.deepEqual([...codes], [...expected]);
});

Deno.test("encodeFeatures() makes nothing of no features", () => {
  const codes = Uint8Array.of(9, 9);
  assert.equal(encodeFeatures(new Float32Array(2), codes), 0);
  assert.deepEqual([...codes], [0, 0]);
});

Deno.test("encodeFeatures() takes the least and the largest f32", () => {
  const codes = new Uint8Array(2);
  encodeFeatures(Float32Array.of(3.4028234663852886e38, 0), codes);
  assert.deepEqual([...codes], [127, 0]);
  encodeFeatures(Float32Array.of(0, 1e-45), codes);
  assert.deepEqual([...codes], [0, 127]);
});

Deno.test("encodeFeatures() refuses what aren't pooled activations", () => {
  for (const wrong of [NaN, -0.5, Infinity]) {
    assert.throws(
      () => encodeFeatures(Float32Array.of(1, wrong), new Uint8Array(2)),
      { name: "ArgumentError", message: new RegExp(`number 1 is ${wrong}`) },
    );
  }
  assert.throws(
    () => encodeFeatures(new Float32Array(3), new Uint8Array(2)),
    { name: "ArgumentError", message: /must be 2: there are 3/ },
  );
});
