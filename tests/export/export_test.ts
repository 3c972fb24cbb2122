/**
 * Files for other runtimes are read again here; `tests/long/peers` runs them.
 */
import assert from "node:assert/strict";
import {
  exportOnnx,
  exportTflite,
  type WrittenModel,
} from "../../src/export/mod.ts";
import { tfjsWasm } from "../../src/backends/tfjs/tfjs_backends.ts";
import { inceptionV3, isWeighted, type Network } from "../../src/model/mod.ts";
import { loadNetwork } from "../../src/weights/mod.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { noise } from "../random.ts";
import { importModel, NARROW } from "../layers_model.ts";

const network: Network = {
  ...await importModel({ architecture: { ...NARROW, hiddenUnits: [8] } }),
  variant: 75,
  labels: ["ä", "b", "c", "d", "e", "f", "g"],
};
const int8 = { ...await narrowNetwork(), variant: 75 };

for (const [name, write] of Object.entries({ exportOnnx, exportTflite })) {
  Deno.test(`${name}() writes a file that is read as the same network`, async () => {
    const again = await loadNetwork(await bytesOf(write(network)));
    assert.deepEqual(again.labels, network.labels);
    assert.equal(again.variant, 75);
    const { crop, resize } = network.preprocessing;
    assert.deepEqual(again.preprocessing, {
      crop,
      resize,
      scale: [1, 1, 1],
      offset: [0, 0, 0],
    });
    for (const node of inceptionV3(again.architecture).nodes) {
      // The first one is for bytes.
      if (!isWeighted(node) || node.input === "input") continue;
      const found = again.weights(node.name);
      const expected = network.weights(node.name);
      assert.deepEqual(found.kernel, expected.kernel, node.name);
      assert.deepEqual(found.bias, expected.bias, node.name);
    }
  });

  Deno.test(`${name}() makes a layer when its stream comes to it`, async () => {
    const made: string[] = [];
    const watched: Network = {
      ...network,
      weights(name) {
        made.push(name);
        return network.weights(name);
      },
    };
    const { stream } = write(watched);
    assert.deepEqual(made, []);
    for await (const _ of stream) {
      // Each is kept until the next one: kernel and bias are of one.
    }
    const nodes = inceptionV3(network.architecture).nodes.filter(isWeighted);
    assert.deepEqual(made.toSorted(), nodes.map(({ name }) => name).toSorted());
  });

  Deno.test(`${name}() writes int8 weights as int8`, async () => {
    const [large, small] = [write(network), write(int8)];
    assert.equal(large.input.type, "float32");
    assert.equal(small.input.type, "uint8");
    const bytes = await bytesOf(small);
    assert.ok(bytes.length < large.byteLength / 1.5, `${bytes.length}`);
  });

  for (const activation of ["softmax", "sigmoid", "none"] as const) {
    Deno.test(`${name}() writes int8 that is read as its weights in f32, with ${activation}`, async () => {
      const source: Network = {
        ...int8,
        architecture: { ...int8.architecture, activation },
        labels: int8.labels.map((_, i) => `part ${i}`),
      };
      const again = await loadNetwork(await bytesOf(write(source)));
      assert.deepEqual(again.labels, source.labels);
      assert.equal(again.architecture.activation ?? "softmax", activation);
      assert.equal(again.origins?.activation, undefined);
      const { crop, resize, scale, offset } = again.preprocessing;
      assert.deepEqual(crop, source.preprocessing.crop);
      assert.equal(resize, source.preprocessing.resize);
      assert.deepEqual(scale.map((it) => Math.round(it * 255e6)), [
        1e6,
        1e6,
        1e6,
      ]);
      assert.deepEqual(offset.map(Math.abs), [0, 0, 0]);
      const expected = await featuresOf(floatsOf(source));
      assert.ok(cosine(await featuresOf(again), expected) > 0.999);
    });
  }

  Deno.test(`${name}() names what goes in and what comes out`, () => {
    const { input, outputs } = write(network);
    const batch = name === "exportOnnx" ? "batch" : 1;
    assert.deepEqual(input, {
      name: "input",
      type: "float32",
      shape: name === "exportOnnx" ? [batch, 3, 75, 75] : [batch, 75, 75, 3],
    });
    const results = (network: Network) =>
      write(network).outputs.map(({ name, shape }) => [name, shape[1]]);
    assert.deepEqual(outputs[0]!.shape[0], batch);
    assert.deepEqual(results(network), [["features", 128], [
      "probabilities",
      7,
    ]]);
    const { architecture } = network;
    const ending = (options: Partial<typeof architecture>): Network => ({
      ...network,
      architecture: { ...architecture, ...options },
    });
    assert.deepEqual(results(ending({ activation: "none" })), [
      ["features", 128],
      ["logits", 7],
    ]);
    assert.deepEqual(results(ending({ classes: 0 })), [["features", 128]]);
  });

  Deno.test(`${name}() takes a size, and refuses one that its classifier can't`, () => {
    const { shape } = write(network, { variant: "low79" }).input;
    assert.deepEqual(shape.filter((it) => it === 79).length, 2);
    const flat: Network = {
      ...network,
      architecture: { ...network.architecture, pooling: "flatten" },
    };
    assert.throws(() => write(flat, { variant: 150 }), {
      name: "ArgumentError",
      message: /classifier reads all of its/,
    });
  });
}

/** The same weights, of which no backend knows that they are int8. */
function floatsOf(
  { architecture, labels, preprocessing, variant, weights }: Network,
): Network {
  return { architecture, labels, preprocessing, variant, weights };
}

async function featuresOf(network: Network): Promise<Float32Array> {
  const graph = inceptionV3({ ...network.architecture, variant: 75 });
  using session = await tfjsWasm().reserve(graph).open(network);
  return await session.run(noise(75), "features");
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, it, i) => sum + it * b[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

async function bytesOf(
  { stream, byteLength }: WrittenModel,
): Promise<Uint8Array> {
  const bytes = await new Response(stream as ReadableStream<never>).bytes();
  assert.equal(bytes.length, byteLength);
  return bytes;
}
