import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import { tfjsWasm } from "../../src/backends/tfjs/tfjs_backends.ts";
import { AbortedError } from "../../src/errors.ts";
import { inceptionV3, isWeighted, nodesFor } from "../../src/model/mod.ts";
import { runLayers } from "../../src/train/run_layers.ts";
import { importModel, NARROW } from "../layers_model.ts";
import { patternImage } from "./patterns.ts";

const SIDE = 75;
const network = await importModel({ architecture: NARROW });
const graph = inceptionV3({ ...network.architecture, variant: SIDE });
const IMAGES = (["dots", "rows"] as const).map((it) =>
  patternImage(it, SIDE, 1).data
);
const session = await tfjsWasm().reserve(graph).open(network);
const RUNNER = { tf, signal: undefined };

Deno.test("runLayers() gives the features of each image as a session does, and leaves no tensor", async () => {
  const expected = [];
  for (const image of IMAGES) {
    expected.push(await session.run(image, "features"));
  }
  const before = tf.memory().numTensors;
  assert.deepEqual(await runLayers(RUNNER, graph, network, IMAGES), expected);
  assert.equal(tf.memory().numTensors, before);
});

Deno.test("runLayers() asks for each layer's weights once, and holds those of one", async () => {
  const asked: string[] = [];
  const held: number[] = [];
  const before = tf.memory().numTensors;
  const watched = {
    ...network,
    weights(name: string) {
      asked.push(name);
      held.push(tf.memory().numTensors - before);
      return network.weights(name);
    },
  };
  await runLayers(RUNNER, graph, watched, IMAGES);
  assert.deepEqual(
    asked,
    nodesFor(graph, graph.outputs.features).filter(isWeighted)
      .map(({ name }) => name),
  );
  // None of the 188 tensors: only activations of one block's branches.
  assert.ok(Math.max(...held) <= 6 * IMAGES.length, `${held}`);
});

Deno.test("runLayers() maps the sums of a convolution before they are cut at zero", async () => {
  const seen: number[] = [];
  const run = async (factor: number, term: number) => {
    const [features] = await runLayers(
      RUNNER,
      graph,
      network,
      IMAGES.slice(0, 1),
      (name, [sums]) => {
        const channels = sums!.shape[3];
        if (name === "Conv2d_1a_3x3") {
          seen.push(Math.min(...sums!.dataSync()));
        }
        return {
          factor: new Float32Array(channels).fill(factor),
          term: new Float32Array(channels).fill(term),
        };
      },
    );
    return features!;
  };
  const [asItWas] = await runLayers(RUNNER, graph, network, IMAGES);
  assert.deepEqual(await run(1, 0), asItWas);
  assert.ok(seen[0]! < 0);
  // Values far below zero vanish.
  assert.ok((await run(1, -1e9)).every((it) => it === 0));
});

Deno.test("runLayers() stops when its signal fires, and leaves no tensor", async () => {
  const before = tf.memory().numTensors;
  const controller = new AbortController();
  await assert.rejects(
    runLayers(
      { ...RUNNER, signal: controller.signal },
      graph,
      network,
      IMAGES,
      () => {
        controller.abort();
        const end = performance.now() + 50;
        while (performance.now() < end); // Until it is time to pause.
        return null;
      },
    ),
    AbortedError,
  );
  assert.equal(tf.memory().numTensors, before);
});
