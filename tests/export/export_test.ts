/**
 * Reads exported files back; `tests/long/peers` runs them in their runtimes.
 */
import assert from "node:assert/strict";
import {
  exportOnnx,
  exportTflite,
  type WrittenModel,
} from "../../src/export/mod.ts";
import { tfjsWasm } from "../../src/backends/tfjs/tfjs_backends.ts";
import {
  inceptionV3,
  isWeighted,
  type Network,
  type QuantizedNetwork,
} from "../../src/model/mod.ts";
import {
  calibrateByBatchNorm,
  loadNetwork,
  quantizeNetwork,
} from "../../src/weights/mod.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { noise } from "../random.ts";
import { randomF32Network } from "../random_network.ts";
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
      // The first layer is for bytes.
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
      // A layer's weights stay valid until the next call, for kernel and bias.
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
      await assertSameFeatures(again, source);
    });
  }

  Deno.test(`${name}() writes a file that is read with no scale but its own`, async () => {
    for (const [source, own] of [[network, 1], [int8, 1 / 255]] as const) {
      const bytes = await bytesOf(write(source));
      const read = (scale: number, shift = 0) =>
        loadNetwork(bytes, {
          preprocessing: {
            scale: [scale, scale, scale],
            offset: [shift, shift, shift],
          },
        });
      const { preprocessing } = await loadNetwork(bytes);
      const { scale } = (await read(own)).preprocessing;
      for (const [c, it] of scale.entries()) {
        assert.ok(Math.abs(it / preprocessing.scale[c]! - 1) < 1e-6);
      }
      const [other, range] = own === 1 ? [1 / 255, "0..1"] : [1, "0..255"];
      await assert.rejects(read(other), {
        name: "ArgumentError",
        message:
          `Cannot load the model with pixels ${range} as it is an exported file, which takes bytes and scales them itself: leave the scale out`,
      });
      await assert.rejects(read(1 / 127.5, -1), /with pixels -1\.\.1 as it is/);
    }
  });

  for (
    const architecture of [
      { lastBlock: "Mixed_6d" },
      { pooling: "max" },
      { pooling: "flatten", hiddenUnits: [6] },
      { lastBlock: "Mixed_6b", pooling: "flatten", classes: 1 },
      { classes: 0 },
    ] as const
  ) {
    const ends = JSON.stringify(architecture);
    Deno.test(`${name}() writes int8 that is read with the same features, of ${ends}`, async () => {
      const source = randomInt8Network(architecture);
      const again = await loadNetwork(await bytesOf(write(source)), {
        ...architecture.classes === 1 && { activation: "sigmoid" },
      });
      await assertSameFeatures(again, source);
    });
  }

  Deno.test(`${name}() writes int8 that isn't read where its features would be others`, async () => {
    const source = randomInt8Network({ lastBlock: "Mixed_7a" });
    await assert.rejects(loadNetwork(await bytesOf(write(source))), {
      name: "CorruptWeightsError",
      message: /features of a block that ends in a pool must not be scaled/,
    });
  });

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

/** The same weights as f32, so that no backend knows that they are int8. */
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

/** int8 files also round what the f32 weights don't, so results differ slightly. */
async function assertSameFeatures(
  again: Network,
  source: Network,
): Promise<void> {
  const found = await featuresOf(again);
  const expected = await featuresOf(floatsOf(source));
  assert.equal(found.length, expected.length);
  const distance = Math.hypot(...found.map((it, i) => it - expected[i]!));
  const part = distance / Math.hypot(...expected);
  assert.ok(part < 0.05, `${part} of the features' length`);
}

function randomInt8Network(
  architecture: Network["architecture"],
): QuantizedNetwork {
  const network = randomF32Network({
    ...architecture,
    ...architecture.classes === 1 && { activation: "sigmoid" },
  });
  const graph = inceptionV3({ ...network.architecture, variant: 75 });
  return quantizeNetwork(network, calibrateByBatchNorm(network, graph), {
    source: "noise",
    license: "CC0-1.0",
  });
}

async function bytesOf(
  { stream, byteLength }: WrittenModel,
): Promise<Uint8Array> {
  const bytes = await new Response(stream as ReadableStream<never>).bytes();
  assert.equal(bytes.length, byteLength);
  return bytes;
}
