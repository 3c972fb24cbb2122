import assert from "node:assert/strict";
import { writeFloatTflite } from "../../../../bench/peers/tflite/write_float_tflite.ts";
import { inceptionV3 } from "../../../../src/model/mod.ts";
import { importModel } from "../../../layers_model.ts";

Deno.test("writeFloatTflite() refuses pools whose mean counts padding", async () => {
  const network = await importModel();
  const graph = inceptionV3({ ...network.architecture, countIncludePad: true });
  assert.throws(() => writeFloatTflite(network, graph), {
    name: "RangeError",
    message: /Mixed_5b\/AvgPool_3x3/,
  });
});
