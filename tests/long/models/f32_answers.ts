/**
 * The real models' f32 answers to the photos of `fidelity_test.ts`, which take long to
 * compute. `tests/data/f32_answers.json` stores them, with digests of the weights and
 * pixels. This program writes the file again:
 *
 * ```sh
 * deno run --lock=deno.lock --allow-all tests/long/models/f32_answers.ts
 * ```
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { openObserved } from "../../../src/backends/tfjs/observe.ts";
import { findInputs } from "../../../src/cli/image_files.ts";
import { watchF32 } from "../../../src/convert/compare.ts";
import { cropAndResize, decodeImage } from "../../../src/image/mod.ts";
import { inceptionV3, type Network } from "../../../src/model/mod.ts";
import { PHOTOS } from "../../cli/totem.ts";
import { EVAL_PHOTOS, IMAGENET } from "../../shared_data.ts";
import { f32Imagenet, f32Nsfw } from "./models.ts";

const FILE = new URL("../../data/f32_answers.json", import.meta.url);

/** A model with its photos, at its input size. */
export interface Measured {
  readonly network: Network;
  /** The photos' paths. */
  readonly files: readonly string[];
  /** RGBA, `[299, 299, 4]`. */
  readonly images: readonly Uint8ClampedArray[];
}

/** The 1000-class model's answer to a photo. */
export interface ClassAnswer {
  /** The index of the most probable class. */
  readonly answer: number;
  readonly features: ArrayLike<number>;
}

/** The content of the file. */
interface Kept {
  readonly imagenet: {
    readonly weights: string;
    readonly photos: readonly {
      readonly pixels: string;
      readonly answer: number;
      /** The features as float16, little-endian, in base64: cosines keep six digits. */
      readonly features: string;
    }[];
  };
  readonly nsfw: {
    readonly weights: string;
    readonly photos: readonly {
      readonly pixels: string;
      readonly probabilities: readonly number[];
    }[];
  };
}

/** The 1000-class model and the photos for measuring, which must exist. */
export function measuredImagenet(): Promise<Measured> {
  return measure(f32Imagenet(), EVAL_PHOTOS!);
}

/** The model `nsfw` and the photos of the examples. */
export function measuredNsfw(): Promise<Measured> {
  return measure(f32Nsfw(), PHOTOS);
}

/**
 * The stored result of {@linkcode computeImagenet}.
 *
 * @throws {AssertionError} If it was computed from other weights or pixels.
 */
export async function keptImagenet(
  measured: Measured,
): Promise<readonly ClassAnswer[]> {
  const { imagenet } = await readKept();
  assertMadeOf(measured, imagenet);
  return imagenet.photos.map(({ answer, features }) => ({
    answer,
    features: new Float16Array(
      Uint8Array.from(Buffer.from(features, "base64")).buffer,
    ),
  }));
}

/**
 * The stored result of {@linkcode computeNsfw}.
 *
 * @throws {AssertionError} If it was computed from other weights or pixels.
 */
export async function keptNsfw(
  measured: Measured,
): Promise<readonly (readonly number[])[]> {
  const { nsfw } = await readKept();
  assertMadeOf(measured, nsfw);
  return nsfw.photos.map(({ probabilities }) => probabilities);
}

/** Runs the 1000-class model in f32. */
export async function computeImagenet(
  network: Network,
  images: Measured["images"],
): Promise<readonly ClassAnswer[]> {
  const graph = inceptionV3(network.architecture);
  const runs = await watchF32(network, { graph, images });
  return runs.map(({ answer, features }) => ({ answer: answer[0]!, features }));
}

/** Runs `nsfw` in f32; returns the probabilities. */
export async function computeNsfw(
  network: Network,
  images: Measured["images"],
): Promise<readonly (readonly number[])[]> {
  const graph = inceptionV3(network.architecture);
  using session = await openObserved(network, graph, () => {});
  const answers: number[][] = [];
  for (const image of images) {
    answers.push(Array.from(await session.run(image, "probabilities")));
  }
  return answers;
}

async function measure(
  model: Promise<Network>,
  folder: string,
): Promise<Measured> {
  const network = await model;
  const { files } = await findInputs([folder]);
  const images: Uint8ClampedArray[] = [];
  for (const file of files) {
    const photo = await decodeImage(await Deno.readFile(file));
    const { data } = cropAndResize(photo, 299, network.preprocessing);
    images.push(Uint8ClampedArray.from(data));
  }
  return { network, files, images };
}

async function readKept(): Promise<Kept> {
  return JSON.parse(await Deno.readTextFile(FILE));
}

function assertMadeOf(
  { network, images }: Measured,
  { weights, photos }: {
    readonly weights: string;
    readonly photos: readonly { readonly pixels: string }[];
  },
): void {
  const advice = "Run tests/long/models/f32_answers.ts, as these have changed";
  assert.equal(weights, digestOfWeights(network), advice);
  assert.deepEqual(
    photos.map(({ pixels }) => pixels),
    images.map((it) => sha256(it)),
    advice,
  );
}

/** A digest of all weights, in the order of the layers. */
function digestOfWeights(network: Network): string {
  const arrays = inceptionV3(network.architecture).nodes
    .filter(({ op }) => op === "conv" || op === "dense")
    .flatMap(({ name }) => {
      const { kernel, bias } = network.weights(name);
      return [sha256(kernel), sha256(bias)];
    });
  return sha256(new TextEncoder().encode(arrays.join()));
}

function sha256(array: ArrayBufferView): string {
  return createHash("sha256").update(
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  ).digest("hex");
}

async function write(): Promise<void> {
  assert.ok(IMAGENET && EVAL_PHOTOS, "The model or the photos aren't here");
  const imagenet = await measuredImagenet();
  const answers = await computeImagenet(imagenet.network, imagenet.images);
  const nsfw = await measuredNsfw();
  const probabilities = await computeNsfw(nsfw.network, nsfw.images);
  const kept: Kept = {
    imagenet: {
      weights: digestOfWeights(imagenet.network),
      photos: answers.map(({ answer, features }, i) => ({
        pixels: sha256(imagenet.images[i]!),
        answer,
        features: Buffer.from(Float16Array.from(features).buffer)
          .toString("base64"),
      })),
    },
    nsfw: {
      weights: digestOfWeights(nsfw.network),
      photos: probabilities.map((it, i) => ({
        pixels: sha256(nsfw.images[i]!),
        probabilities: it,
      })),
    },
  };
  await Deno.writeTextFile(FILE, `${JSON.stringify(kept, null, 1)}\n`);
}

if (import.meta.main) await write();
