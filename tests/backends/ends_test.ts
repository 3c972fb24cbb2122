/** Sessions of networks with other heads than ImageNet's, on every backend. */
import assert from "node:assert/strict";
import type { Backend } from "../../src/backends/backend.ts";
import { wasmInt8 } from "../../src/backends/simd/wasm_int8.ts";
import { webgpuInt8 } from "../../src/backends/webgpu/webgpu_int8.ts";
import { tfjsWasm } from "../../src/backends/tfjs/tfjs_backends.ts";
import { calibrateByImages } from "../../src/convert/calibrate_by_images.ts";
import { inferShapes, type Network } from "../../src/model/mod.ts";
import { networkGraph } from "../../src/model/network_graph.ts";
import { quantizeNetwork } from "../../src/weights/quantize/quantize_network.ts";
import { cosine } from "../cosine.ts";
import { noise } from "../random.ts";
import { randomF32Network } from "../random_network.ts";
import { evaluate } from "../reference.ts";
import { WEBGPU } from "../webgpu.ts";

const ENDS: readonly Network["architecture"][] = [
  { lastPool: "max", pooling: "max", activation: "sigmoid" },
  { lastBlock: "Mixed_6b", activation: "sigmoid", classes: 1 },
  { lastBlock: "Mixed_5c", pooling: "max", activation: "none" },
  { lastBlock: "Mixed_7a", pooling: "flatten", hiddenUnits: [6] },
];

const BACKENDS: readonly Backend[] = [
  wasmInt8(),
  ...WEBGPU ? [webgpuInt8({})] : [],
  tfjsWasm(),
];

for (const end of ENDS) {
  // Whole words, as int8 on the GPU requires; with 2 x 2 cells at the end.
  const network = randomF32Network({ widthMultiplier: 1 / 8, ...end }, 131);
  const graph = networkGraph(network);
  const shapes = inferShapes(graph);
  const pixels = noise(131);
  const expected = evaluate(network, graph, pixels);

  const calibration = calibrateByImages(network, graph);
  calibration.addImage(pixels);
  for (const { op, name } of graph.nodes) {
    if (op !== "conv" && op !== "maxPool" && op !== "avgPool") continue;
    const { values } = expected.get(name)!;
    calibration.addActivation(name, Float32Array.from(values));
  }
  const provenance = { source: "random numbers", license: "CC0-1.0" };
  const int8 = quantizeNetwork(network, calibration.finish(), provenance);

  for (const backend of BACKENDS) {
    const { device, precision } = backend;
    Deno.test(`${precision} on ${device} runs a network of ${JSON.stringify(end)}`, async () => {
      const own = precision === "int8" ? int8 : network;
      await backend.probe(true);
      using session = await backend.reserve(graph).open(own);
      for (const [output, name] of Object.entries(graph.outputs)) {
        const found = await session.run(pixels, output as "features");
        const [height, width, channels] = shapes.get(name)!;
        assert.equal(found.length, height * width * channels);
        const { values } = expected.get(name)!;
        if (output === "probabilities") {
          for (const [i, it] of found.entries()) {
            assert.ok(Math.abs(it - values[i]!) < 0.02, `${it}: ${values[i]}`);
          }
        } else {
          const similarity = cosine(found, values);
          assert.ok(similarity > 0.999, `${output}: ${similarity}`);
        }
      }
      if (end.activation !== "none") return;
      await assert.rejects(session.run(pixels, "probabilities"), {
        name: "ArgumentError",
        message:
          /"probabilities". Should be one of: activations, features, logits$/,
      });
    });
  }
}
