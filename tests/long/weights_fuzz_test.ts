/**
 * A damaged file of any format is read or refused by a typed error, uses at most its
 * own size plus 8 MiB of memory, and takes at most 2 s of processor time.
 *
 * `TOTEM_FUZZ` sets the number of files per format.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { load } from "../../mod.ts";
import { NotFiniteError, TotemError } from "../../src/errors.ts";
import { convert } from "../../src/convert/mod.ts";
import {
  isWeighted,
  type Network,
  type QuantizedNetwork,
} from "../../src/model/mod.ts";
import { networkGraph } from "../../src/model/network_graph.ts";
import { readIndex, writeIndex } from "../../src/search/mod.ts";
import { parseJson } from "../../src/weights/parse_json.ts";
import {
  importKerasH5,
  importLayersModel,
  loadNetwork,
  readNetwork,
  writeNetwork,
  writeSafetensors,
} from "../../src/weights/mod.ts";
import { openZip } from "../../src/weights/zip.ts";
import { verifyNetwork } from "../../src/weights/verify_file.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import {
  configOf,
  type Json,
  readKerasFile,
  withConfig,
} from "../keras_files.ts";
import { readH5 } from "../keras_h5.ts";
import { makeLayersModel } from "../layers_model.ts";
import {
  mutateBytes,
  mutateText,
  mutateValues,
  pick,
  type Random,
} from "../mutations.ts";
import { makeZip } from "../make_zip.ts";
import { noise, randomNumbers } from "../random.ts";
import { randomF32Network } from "../random_network.ts";
import { madeUpFeatures, madeUpIndex } from "../search/made_up_index.ts";
import { makeStateDict, saveStateDict } from "../torchvision_model.ts";
import { watchMemory } from "../watch_memory.ts";
import {
  damagedFrozenGraphs,
  damagedGraphModels,
  damagedSavedModels,
} from "../weights/tensorflow/damaged_files.ts";
import {
  damagedArchives,
  damagedLegacyFiles,
  HOSTILE_ARCHIVES,
} from "../weights/torch/damaged_files.ts";
import {
  damagedOnnx,
  damagedTflite,
  RICH_ONNX,
  SHARED_TFLITE,
} from "../weights/onnx/damaged_files.ts";
import { importedNetwork } from "../../src/weights/foreign/network.ts";
import { readKerasArchiveFile } from "../../src/weights/keras/read.ts";
import { sharingFile } from "../weights/hdf5/shared_parts.ts";

const COUNT = Number(Deno.env.get("TOTEM_FUZZ") ?? 500);
const MAX_MEMORY = 8 * 2 ** 20;
const MAX_MS = 2_000;

/** A format: damaged files of it, and their reader. */
interface Format {
  damage(random: Random, i: number): Uint8Array;
  /** Returns the network, if it is one. */
  read(bytes: Uint8Array, i: number): Promise<Network | void>;
  /** The factor by which its content is larger than the file; 1 by default. */
  readonly inflates?: number;
  /** Checks a few of the files that were read in more detail. */
  check?(bytes: Uint8Array): Promise<void>;
}

const FORMATS: Readonly<Record<string, Format>> = {
  "Totem files": safetensorsFormat([
    await bytesOf(
      writeNetwork({ ...await narrowNetwork(), variant: 75 }).stream,
    ),
    await bytesOf(writeNetwork(await endingNetwork()).stream),
  ], "totem"),
  "torchvision's safetensors": safetensorsFormat(
    await Promise.all((["F32", "F16", "BF16"] as const).map(async (dtype) => {
      const { data } = await saveStateDict(makeStateDict(dtype));
      return new Uint8Array(data.buffer); // With the header.
    })),
  ),
  "TFJS models": layersFormat(),
  "Keras's .h5": h5Format(),
  "frozen graphs": damagedFrozenGraphs(),
  "ONNX models": await damagedOnnx(),
  "TFLite models": await damagedTflite(),
  "TFJS graph models": damagedGraphModels(),
  "SavedModels": damagedSavedModels(),
  "Keras's .weights.h5": weightsH5Format(),
  "Keras's .keras": archiveFormat(),
  "PyTorch archives": await damagedArchives(),
  "PyTorch files before 1.6": damagedLegacyFiles(),
  "indexes of images": await indexFormat(),
};

/** A network with another head than ImageNet's. */
async function endingNetwork(): Promise<QuantizedNetwork> {
  const network = randomF32Network({
    classes: 2,
    lastBlock: "Mixed_6a",
    pooling: "flatten",
    activation: "sigmoid",
  });
  return (await convert(network, null)).network;
}

for (
  const [name, { damage, read, check, inflates = 1 }] of Object.entries(FORMATS)
) {
  Deno.test(`${COUNT} damaged ${name} are read, or refused by typed errors`, async () => {
    const random = randomNumbers(11);
    const counts: Record<string, number> = {};
    const worst = { ms: 0, mebibytes: 0 };
    for (let i = 0; i < COUNT; i++) {
      const bytes = damage(random, i);
      const { result, ms, memory } = await measure(() => read(bytes, i));
      counts[result] = (counts[result] ?? 0) + 1;
      if (result === "read" && counts.read! % 20 === 1) await check?.(bytes);
      assert.ok(!result.startsWith("untyped"), `case ${i}: ${result}`);
      assert.ok(ms <= MAX_MS, `case ${i}: ${ms} ms`);
      const most = bytes.length * inflates + MAX_MEMORY;
      assert.ok(memory <= most, `case ${i}: ${memory} of ${most} bytes`);
      worst.ms = Math.max(worst.ms, ms);
      worst.mebibytes = Math.max(worst.mebibytes, memory / 2 ** 20);
    }
    if (COUNT > 2000) console.log(name, counts, worst);
    // Damage is neither always fatal nor always harmless.
    assert.ok(Object.keys(counts).length > 1);
  });
}

for (
  const [what, make] of [
    ["messages", () => sharingFile(180, 12e6, { messages: 0x7f })],
    ["attributes", () => sharingFile(180, 12e6, { messages: 0x0c })],
    ["heaps", () => sharingFile(180, 12e6, "heap")],
    ["names", () => sharingFile(180, 12e6, "name")],
  ] as const
) {
  Deno.test(`an .h5 file whose objects share ${what} costs no more than it weighs`, async () => {
    const bytes = make();
    const { result, ms, memory } = await measure(() => read(bytes));
    assert.equal(result, "CorruptWeightsError");
    assert.ok(memory <= bytes.length + MAX_MEMORY, `${memory} bytes`);
    assert.ok(ms <= MAX_MS, `${ms} ms`);
  });
  const read = (bytes: Uint8Array) => Promise.resolve(importKerasH5(bytes));
}

for (
  const [what, make] of [
    ...Object.entries(RICH_ONNX)
      .map(([what, make]) => [`an ONNX file of many ${what}`, make] as const),
    ...Object.entries(SHARED_TFLITE)
      .map(([what, make]) =>
        [`a TFLite file that shares ${what}`, make] as const
      ),
    ...HOSTILE_ARCHIVES.map(([what, make]) =>
      [`a PyTorch file of ${what}`, make] as const
    ),
  ]
) {
  Deno.test(`${what} costs no more than it weighs`, async () => {
    const bytes = make();
    const { result, ms, memory } = await measure(() =>
      loadNetwork(new Blob([bytes as BlobPart]))
    );
    assert.equal(result, "CorruptWeightsError");
    assert.ok(memory <= bytes.length + MAX_MEMORY, `${memory} bytes`);
    assert.ok(ms <= MAX_MS, `${ms} ms`);
  });
}

for (
  const [what, make] of [
    ["many layers of long names, as deep as they may be", () => {
      const layers = Array.from({ length: 4000 }, (_, i) => ({
        class_name: "Dropout",
        config: { name: `${i}`.padEnd(128, "x") },
      }));
      return Array.from({ length: 8 }).reduce<Json>((model) => ({
        class_name: "Sequential",
        config: { name: "n".repeat(128), layers: [model] },
      }), { class_name: "Sequential", config: { name: "inner", layers } });
    }],
    ["layers that read each other very often", () => ({
      class_name: "Functional",
      config: {
        layers: [
          { class_name: "InputLayer", config: { name: "0" } },
          ...Array.from({ length: 80 }, (_, i) => ({
            class_name: "Concatenate",
            config: { name: `${i + 1}`, axis: 3 },
            inbound_nodes: [Array.from({ length: 250 }, () => [`${i}`])],
          })),
        ],
        output_layers: [["80"]],
      },
    })],
    ["a scale of many numbers", () => ({
      class_name: "Sequential",
      config: [{
        class_name: "Rescaling",
        config: { name: "a", scale: Array(60_000).fill(2), offset: 0 },
      }],
    })],
  ] as [string, () => Json][]
) {
  Deno.test(`a .keras file with ${what} costs no more than it weighs`, async () => {
    const bytes = withConfig(readKerasFile("flat.keras"), make());
    const { result, ms, memory } = await measure(() =>
      Promise.resolve(importKerasH5(bytes))
    );
    assert.equal(result, "CorruptWeightsError");
    assert.ok(memory <= bytes.length + MAX_MEMORY, `${memory} bytes`);
    assert.ok(ms <= MAX_MS, `${ms} ms`);
  });
}

Deno.test("a ZIP archive of many files costs no more than it weighs", async () => {
  const files = Array.from({ length: 20_000 }, (_, i) => [`${i}`, ""]);
  const bytes = makeZip(Object.fromEntries(files));
  const { result, ms, memory } = await measure(() =>
    Promise.resolve(importKerasH5(bytes))
  );
  assert.equal(result, "CorruptWeightsError");
  assert.ok(memory <= bytes.length + MAX_MEMORY, `${memory} bytes`);
  assert.ok(ms <= MAX_MS, `${ms} ms`);
});

Deno.test("a Totem file of rich facts costs no more than it weighs", async () => {
  for (const objects of [40_000, 340_000]) {
    const facts = `[${"{},".repeat(objects)}{}]`;
    const { stream } = writeSafetensors(new Map([["totem", facts]]), []);
    const bytes = await bytesOf(stream);
    const { result, memory } = await measure(() =>
      loadNetwork(new Response(bytes as BodyInit))
    );
    assert.equal(result, "CorruptWeightsError");
    assert.ok(memory <= bytes.length + MAX_MEMORY, `${memory} bytes`);
  }
});

for (
  const [what, text] of [
    ["opens", "[".repeat(2 ** 21)],
    ["nests", "[".repeat(2 ** 20) + "]".repeat(2 ** 20)],
    ["lists objects", `[${"{},".repeat(43_000)}{}]`],
    ["lists more objects", `[${"{},".repeat(690_000)}{}]`],
    ["has names", objectOf(65_000)],
    ["is a text", JSON.stringify("a".repeat(2 ** 21 - 2))],
    ["is a text of wide letters", JSON.stringify("あ".repeat(2 ** 19))],
    ["mixes letters", JSON.stringify(`あ${"a".repeat(2 ** 21 - 8)}`)],
  ] as const
) {
  Deno.test(`JSON that ${what} costs no more than it weighs`, async () => {
    const bytes = new TextEncoder().encode(text);
    const { result, ms, memory } = await measure(() =>
      importLayersModel(
        parseJson(bytes, "model.json"),
        () => Promise.reject(new Error("no shard is asked for")),
      )
    );
    assert.equal(result, "CorruptWeightsError");
    assert.ok(memory <= bytes.length + MAX_MEMORY, `${memory} bytes`);
    assert.ok(ms <= MAX_MS, `${ms} ms`);
  });
}

/**
 * Runs a reader and measures this thread's processor time, which doesn't depend on the
 * machine's load, and the growth of memory, garbage included. Unless a result is far
 * below the limits, it is measured three times: a garbage collection takes time and
 * hides memory.
 */
async function measure(read: () => Promise<Network | void>) {
  let taken = { result: "", ms: Infinity };
  const memories: number[] = [];
  for (let i = 0; i < 3; i++) {
    using watched = watchMemory();
    const before = Deno.memoryUsage();
    const start = process.threadCpuUsage();
    const { result, network } = await attempt(read);
    const { user, system } = process.threadCpuUsage(start);
    const ms = (user + system) / 1000;
    const after = Deno.memoryUsage();
    const memory = after.heapUsed + after.external - before.heapUsed -
      before.external + watched.mostBytes();
    if (i === 0 && network) assertNumbers(network);
    memories.push(memory);
    taken = { result, ms: Math.min(taken.ms, ms) };
    if (ms <= MAX_MS / 10 && Math.abs(memory) <= MAX_MEMORY / 2) break;
  }
  // The median: a garbage collection makes other values too small or too large.
  memories.sort((a, b) => a - b);
  return { ...taken, memory: memories[memories.length >> 1]! };
}

async function attempt(read: () => Promise<Network | void>) {
  try {
    return { result: "read", network: await read() };
  } catch (error) {
    return {
      result: error instanceof TotemError
        ? error.constructor.name
        : `untyped ${error instanceof Error ? error.stack : error}`,
    };
  }
}

/** Asserts that each layer of a network yields numbers or an error. */
function assertNumbers(network: Network): void {
  for (const node of networkGraph(network).nodes) {
    if (!isWeighted(node)) continue;
    try {
      const { kernel, bias } = network.weights(node.name);
      assert.ok(kernel.every(Number.isFinite), node.name);
      assert.ok(bias.every(Number.isFinite), node.name);
    } catch (error) {
      if (!(error instanceof TotemError)) throw error;
    }
  }
}

/** @param facts The metadata field with JSON, if there is one. */
function safetensorsFormat(
  files: readonly Uint8Array[],
  facts?: string,
): Format {
  return {
    damage: (random) => damageSafetensors(pick(random, files), random, facts),
    read: async (bytes) => await loadNetwork(new Response(bytes as BodyInit)),
    ...facts !== undefined && { check: assertAnswer },
  };
}

function damageSafetensors(
  file: Uint8Array,
  random: Random,
  facts: string | undefined,
): Uint8Array {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const end = 8 + length;
  const kind = random();
  if (kind > 0.75) return mutateBytes(file, random, end);
  if (kind > 0.45) return mutateBytes(file, random, 0, end);
  const text = new TextDecoder().decode(file.subarray(8, end));
  if (kind > 0.3) return withHeader(mutateText(text, random));
  const header = JSON.parse(text);
  if (facts !== undefined && random() < 0.7) {
    const json = JSON.parse(header.__metadata__[facts]);
    mutateValues(json, random);
    header.__metadata__[facts] = JSON.stringify(json);
  } else {
    mutateValues(header, random);
  }
  return withHeader(JSON.stringify(header));

  function withHeader(text: string): Uint8Array {
    const json = new TextEncoder().encode(text);
    const bytes = new Uint8Array(8 + json.length + file.length - end);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
    bytes.set(json, 8);
    bytes.set(file.subarray(end), 8 + json.length);
    return bytes;
  }
}

/** Asserts that a file that is read yields probabilities or an error. */
async function assertAnswer(bytes: Uint8Array): Promise<void> {
  try {
    verifyNetwork(await readNetwork(new Blob([bytes as BlobPart]).stream()));
    using classifier = await load(new Response(bytes as BodyInit), {
      variant: 75,
      backend: "wasm",
    });
    if (classifier.labels.length === 0) return;
    const image = { data: noise(75), width: 75, height: 75 };
    const { value: activation } = classifier.metadata.activation;
    if (activation === "none") return void await classifier.logits(image);
    const probabilities = await classifier.probabilities(image);
    assert.ok(probabilities.every((it) => it >= 0 && it <= 1));
    const sum = probabilities.reduce((a, b) => a + b, 0);
    assert.ok(activation === "sigmoid" || Math.abs(sum - 1) < 1e-3, `${sum}`);
  } catch (error) {
    assert.ok(error instanceof TotemError, String(error));
    assert.ok(!(error instanceof NotFiniteError), error.message);
  }
}

function layersFormat(): Format {
  const models = (["float32", "float16", "uint8", "uint16"] as const)
    .map((encoding) => {
      const { modelJson, shards } = makeLayersModel({ encoding });
      return { text: JSON.stringify(modelJson), shards };
    });
  return {
    damage(random, i) {
      const { text } = models[i % models.length]!;
      const encode = (text: string) => new TextEncoder().encode(text);
      if (random() < 0.1) return encode(mutateText(text, random));
      const json = JSON.parse(text);
      const { model_config } = json.modelTopology;
      mutateValues(
        pick(random, [json, model_config.config.layers, json.weightsManifest]),
        random,
      );
      return encode(JSON.stringify(json));
    },
    async read(bytes, i) {
      const { shards } = models[i % models.length]!;
      return await importLayersModel(
        parseJson(bytes, "model.json"),
        (name) => Promise.resolve(shards.get(name) ?? new Uint8Array()),
      );
    },
  };
}

function h5Format(): Format {
  const files = [
    "keras2_model",
    "keras2_weights",
    "keras2_weights_notop",
    "keras3_weights",
  ].map(readH5);
  return {
    damage(random) {
      const file = pick(random, files);
      // Most structures are near the start.
      const end = random() < 0.7 ? 60_000 : file.length;
      return mutateBytes(file, random, 0, end);
    },
    read: async (bytes) => await Promise.resolve(importKerasH5(bytes)),
  };
}

function weightsH5Format(): Format {
  const file = readKerasFile("flat.weights.h5");
  return {
    damage: (random) => mutateBytes(file, random),
    read: async (bytes) => await Promise.resolve(importKerasH5(bytes)),
  };
}

/** Damages the archive, or its configuration or weights, with matching checksums. */
function archiveFormat(): Format {
  const files = ["seq_nested", "flat_rescaling", "head_bn"]
    .map((it) => readKerasFile(`${it}.keras`));
  return {
    inflates: 4, // Some are compressed.
    damage(random) {
      const file = pick(random, files);
      const kind = random();
      if (kind < 0.2) return mutateBytes(file, random, file.length - 300);
      const config = configOf(file);
      if (kind < 0.5) {
        mutateValues(
          pick(random, [
            config,
            config.config.layers,
            config.config.layers.slice(0, 3),
            config.config.layers.slice(-4),
          ]),
          random,
        );
        return withConfig(file, config);
      }
      const text = JSON.stringify(config);
      const weights = openZip(file).read("model.weights.h5")!;
      const parts = {
        "config.json": kind < 0.6 ? mutateText(text, random) : text,
        "model.weights.h5": kind < 0.6 ? weights : mutateBytes(weights, random),
      };
      if (random() < 0.8) return makeZip(parts);
      const packed = makeZip(parts, 0, true);
      return random() < 0.5 ? packed : mutateBytes(packed, random);
    },
    read: async (bytes) =>
      importedNetwork(await readKerasArchiveFile({ bytes })),
  };
}

async function indexFormat(): Promise<Format> {
  const index = await madeUpIndex(madeUpFeatures(40, 64), 64);
  const file = await bytesOf(writeIndex(index).stream);
  return {
    damage: (random) => damageSafetensors(file, random, "totem.index"),
    async read(bytes, i) {
      const size = i % 3 === 0 ? undefined : bytes.length;
      await readIndex(new Blob([bytes as BlobPart]).stream(), { size });
    },
  };
}

async function bytesOf(
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  return await new Response(stream as ReadableStream<never>).bytes();
}

function objectOf(names: number): string {
  const members = Array.from({ length: names }, (_, i) => `"${i}":0`);
  return `{${members.join(",")}}`;
}
