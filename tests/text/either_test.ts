import assert from "node:assert/strict";
import { either } from "../../src/text/either.ts";

Deno.test("either() writes names as in a sentence", () => {
  assert.equal(either(["JPEG", "PNG", "WebP"]), "JPEG, PNG or WebP");
  assert.equal(either([".onnx", ".tflite"]), ".onnx or .tflite");
  assert.equal(either([".svg"]), ".svg");
});
