/**
 * The files of `tests/data/models`, written by other tools, with the results of these
 * tools.
 */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { openObserved } from "../../src/backends/tfjs/observe.ts";
import { decodeImage } from "../../src/image/decode.ts";
import {
  inceptionV3,
  type Network,
  type PixelScale,
} from "../../src/model/mod.ts";
import { loadNetwork, type LoadNetworkOptions } from "../../src/weights/mod.ts";
import { temporaryFolder } from "./store/temporary_folder.ts";

const FOLDER = new URL("../data/models/", import.meta.url);

/** A file in `expected.json`, which its README describes. */
export interface RealFile {
  readonly file: string;
  readonly kind: string;
  readonly tool: string;
  readonly classes: number;
  readonly inputSize: readonly [height: number, width: number];
  readonly preprocessing: PixelScale;
  readonly activation: "softmax" | "sigmoid" | "none";
  readonly pool: "avg" | "max" | "flatten";
  readonly countIncludePad: boolean;
  readonly lastPool?: "avg" | "max";
  /** Outputs by image name. */
  readonly outputs: Readonly<Record<string, Outputs>>;
  readonly floatProbabilities?: Readonly<Record<string, readonly number[]>>;
}

interface Outputs {
  readonly logits?: readonly number[];
  readonly probabilities?: readonly number[];
  readonly sigmoid?: readonly number[];
  readonly pooledFirst8: readonly number[];
  readonly pooledL2: number;
  readonly pooledLength: number;
}

export const REAL_FILES: readonly RealFile[] =
  JSON.parse(Deno.readTextFileSync(new URL("expected.json", FOLDER))).cases;

/** Files that specify their preprocessing: no option is needed. */
const SAYS_PIXELS = [
  "keras/flat_preprocess.h5",
  "keras/flat_rescaling.keras",
  "onnx/torch113_opset11.onnx",
  "onnx/torch213_opset20.onnx",
  "timm/hub/model.safetensors",
  "timm/hub_max/model.safetensors",
  "torch/traced_113.pt",
  "torch/whole_model_113.pt",
];

/** The largest differences from the results of a file's tool. */
export interface Differences {
  /**
   * The difference of probabilities; of logits, relative to the largest, if the file
   * has no activation; `undefined` if it has no classes.
   */
  readonly answers: number | undefined;
  /** The difference of features, relative to the largest. */
  readonly features: number;
}

/** Loads a file, and checks the known facts of its network. */
export async function loadRealFile(real: RealFile): Promise<Network> {
  const { file, preprocessing, activation } = real;
  const says = SAYS_PIXELS.includes(file);
  const network = await loadUnpacked(file, {
    ...says ? {} : { preprocessing },
    // The tensors alone don't reveal the sigmoid.
    ...file.startsWith("torch/") && activation === "sigmoid" && { activation },
  });
  const { architecture, variant = "full", origins } = network;
  const [side] = real.inputSize;
  assert.equal(variant, side === 299 ? "full" : side);
  assert.equal(origins?.pixels, says ? "model" : "option");
  for (const part of ["scale", "offset"] as const) {
    for (const [c, value] of network.preprocessing[part].entries()) {
      const expected = preprocessing[part][c]!;
      assert.ok(Math.abs(value - expected) < 1e-6, `${part}: ${value}`);
    }
  }
  assert.deepEqual({
    classes: architecture.classes,
    pooling: architecture.pooling ?? "mean",
    activation: architecture.activation ?? "softmax",
    countIncludePad: architecture.countIncludePad ?? false,
    lastPool: architecture.lastPool ?? "avg",
  }, {
    classes: real.classes,
    pooling: real.pool === "avg" ? "mean" : real.pool,
    // Softmax is assumed for logits.
    activation: activation === "none" ? "softmax" : activation,
    countIncludePad: real.countIncludePad,
    lastPool: real.lastPool ?? "avg",
  });
  return network;
}

/** Runs a network on images, and compares the results with those of the file's tool. */
export async function compareRealFile(
  real: RealFile,
  network: Network,
  images: readonly string[] = Object.keys(real.outputs),
): Promise<Differences> {
  const graph = inceptionV3({
    ...network.architecture,
    variant: network.variant ?? "full",
  });
  // One run gives both results.
  let pooled = new Float32Array();
  using session = await openObserved(network, graph, ({ name }, read) => {
    if (name === graph.outputs.features) pooled = Float32Array.from(read(1));
  });
  let answers: number | undefined;
  let features = 0;
  for (const image of images) {
    const { data } = await decodeImage(
      await Deno.readFile(new URL(`inputs/${image}`, FOLDER)),
    );
    const expected = real.outputs[image]!;
    const { logits } = expected;
    const probabilities = expected.probabilities ?? expected.sigmoid;
    pooled = new Float32Array();
    if (probabilities !== undefined) {
      const found = await session.run(data, "probabilities");
      answers = Math.max(answers ?? 0, largestDifference(found, probabilities));
    } else if (logits !== undefined) {
      const found = await session.run(data, "logits");
      const largest = Math.max(...logits.map(Math.abs));
      answers = Math.max(
        answers ?? 0,
        largestDifference(found, logits) / largest,
      );
    } else await session.run(data, "features");
    assert.equal(pooled.length, expected.pooledLength);
    features = Math.max(
      features,
      largestDifference(pooled.subarray(0, 8), expected.pooledFirst8) /
        Math.max(...expected.pooledFirst8),
      Math.abs(Math.hypot(...pooled) / expected.pooledL2 - 1),
    );
  }
  return { answers, features };
}

/** Loads from memory, or from a folder if the model has several files. */
async function loadUnpacked(
  file: string,
  options: LoadNetworkOptions,
): Promise<Network> {
  if (!IN_FOLDERS.test(file)) {
    return await loadNetwork(unpackModel(file), options);
  }
  const isFolder = !/\.\w+$/.test(file);
  const folder = isFolder ? file : file.slice(0, file.lastIndexOf("/"));
  await using temporary = await temporaryFolder();
  await unpackModels(folder, temporary.path);
  const name = isFolder ? "" : file.slice(folder.length);
  return await loadNetwork(temporary.path + name, options);
}

/** Models of several files. */
const IN_FOLDERS = /^(timm\/|tf\/(tfjs_graph|saved_model)|onnx\/torch213)/;

/** The unpacked bytes of a file of `tests/data/models`. */
export function unpackModel(file: string): Uint8Array {
  return unpack(new URL(`${file}.gz`, FOLDER));
}

/** Writes the files of a folder of `tests/data/models` to the folder `to`. */
export async function unpackModels(folder: string, to: string): Promise<void> {
  await unpackFolder(new URL(`${folder}/`, FOLDER), to);
}

async function unpackFolder(from: URL, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const path = `${to}/${name.replace(/\.gz$/, "")}`;
    if (!isDirectory) {
      await Deno.writeFile(path, unpack(new URL(name, from)));
      continue;
    }
    await Deno.mkdir(path);
    await unpackFolder(new URL(`${name}/`, from), path);
  }
}

function unpack(file: URL): Uint8Array {
  const bytes = Deno.readFileSync(file);
  return file.href.endsWith(".gz") ? new Uint8Array(gunzipSync(bytes)) : bytes;
}

function largestDifference(
  a: ArrayLike<number>,
  b: readonly number[],
): number {
  assert.equal(a.length, b.length);
  return Math.max(...b.map((it, i) => Math.abs(it - a[i]!)));
}
