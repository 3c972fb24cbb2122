/**
 * The real models give the results of `@tensorflow/tfjs-layers`, which runs the same
 * files on tfjs's WASM backend, for a photo and for noise.
 */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { loadLayersModel } from "npm:@tensorflow/tfjs-layers@4.22.0";
import { cropAndResize, decodeImage, type Network } from "../../../mod.ts";
import type { Backend } from "../../../src/backends/mod.ts";
import {
  tfjsWasm,
  tfjsWebgpu,
} from "../../../src/backends/tfjs/tfjs_backends.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import type { ModelJson } from "../../layers_model.ts";
import { noise } from "../../random.ts";
import { IMAGENET, testWith } from "../../shared_data.ts";
import { WEBGPU } from "../../webgpu.ts";
import { joined } from "../../joined.ts";
import { f32Imagenet, f32Nsfw } from "./models.ts";

const SIZE = 299;

Deno.test("nsfw gives the probabilities of tfjs-layers", async () => {
  const { InceptionV3Model } = await import(
    "npm:nsfwjs@4.3.0/models/inception_v3"
  );
  const { default: modelJson } = await InceptionV3Model.modelJson();
  const shards = [];
  for (const bundle of InceptionV3Model.weightBundles) {
    shards.push(Uint8Array.fromBase64((await bundle()).default));
  }
  await compare(
    await f32Nsfw(),
    modelJson as unknown as ModelJson,
    shards,
    [tfjsWasm(), ...WEBGPU ? [tfjsWebgpu()] : []],
  );
});

testWith(
  IMAGENET,
  "the 1000-class model gives the probabilities of tfjs-layers",
  async () => {
    const modelJson: ModelJson = JSON.parse(
      await Deno.readTextFile(`${IMAGENET}model.json`),
    );
    const shards = [];
    for (const path of modelJson.weightsManifest[0]!.paths) {
      shards.push(await Deno.readFile(`${IMAGENET}${path}`));
    }
    // The graph and its kernels are those of nsfw, which runs on both backends.
    await compare(await f32Imagenet(), modelJson, shards, [
      tfjsWasm(),
    ]);
  },
);

async function compare(
  network: Network,
  modelJson: ModelJson,
  shards: Uint8Array[],
  backends: readonly Backend[],
) {
  const photo = cropAndResize(
    await decodeImage(
      await Deno.readFile(
        new URL("../../../examples/photos/drum.jpg", import.meta.url),
      ),
    ),
    SIZE,
    network.preprocessing,
  );
  const images = [photo.data, noise(SIZE)];
  const graph = inceptionV3(network.architecture);

  const results: Float32Array[][] = [];
  for (const backend of backends) {
    using session = await backend.reserve(graph).open(network);
    for (const [i, image] of images.entries()) {
      (results[i] ??= []).push(await session.run(image, "probabilities"));
    }
  }

  const before = tf.memory().numTensors;
  await tf.setBackend("wasm");
  const model = await loadLayersModel({
    load: () =>
      Promise.resolve({
        modelTopology: modelJson.modelTopology,
        weightSpecs: modelJson.weightsManifest[0]!
          .weights as tf.io.WeightsManifestEntry[],
        weightData: joined(...shards).buffer,
      }),
  });
  const { scale, offset } = network.preprocessing;
  for (const [i, image] of images.entries()) {
    const expected = tf.tidy(() => {
      const rgba = tf.tensor3d(new Float32Array(image), [SIZE, SIZE, 4]);
      const rgb = tf.slice(rgba, [0, 0, 0], [SIZE, SIZE, 3]);
      const input = tf.add(tf.mul(rgb, [...scale]), [...offset]);
      const batch = tf.expandDims(input) as tf.Tensor4D;
      return (model.predict(batch) as tf.Tensor).dataSync();
    });
    assert.equal(expected.length, network.labels.length);
    for (const [j, found] of results[i]!.entries()) {
      const difference = Math.max(
        ...found.map((it, k) => Math.abs(it - expected[k]!)),
      );
      const where = `${backends[j]!.device}, image ${i}`;
      assert.ok(difference < 1e-4, `${where}: differs by ${difference}`);
    }
  }
  model.dispose();
  assert.equal(tf.memory().numTensors, before);
}
