/**
 * What int8 loses on the real models, at full size: by the command line, as a
 * person converts, with its simulation, and by the engine, which the GPU repeats.
 */
import assert from "node:assert/strict";
import type { Session } from "../../src/backends/mod.ts";
import { wasmInt8 } from "../../src/backends/simd/wasm_int8.ts";
import { type WatchedRun, watchF32 } from "../../src/convert/compare.ts";
import { findInputs } from "../../src/cli/image_files.ts";
import {
  cropAndResize,
  decodeImage,
  type Network,
  type Pixels,
} from "../../mod.ts";
import { loadNetwork } from "../../src/weights/mod.ts";
import { webgpuInt8 } from "../../src/backends/webgpu/webgpu_int8.ts";
import { inceptionV3 } from "../../src/model/mod.ts";
import { channelAbsMax } from "../../src/model/abs_max.ts";
import { openObserved } from "../../src/backends/tfjs/observe.ts";
import { calibrateByBatchNorm } from "../../src/weights/quantize/calibrate_by_batch_norm.ts";
import { quantizeNetwork } from "../../src/weights/quantize/quantize_network.ts";
import { PHOTOS, totem } from "../cli/totem.ts";
import { cosine } from "../cosine.ts";
import { EVAL_PHOTOS, IMAGENET, testWith } from "../shared_data.ts";
import { WEBGPU } from "../webgpu.ts";

/** What `totem convert --json` reports. */
interface Report {
  readonly byteLength: number;
  readonly fidelities: readonly {
    readonly bits: 7 | 8;
    readonly images: number;
    readonly featuresCosine: { readonly mean: number };
    readonly sameAnswer: number;
  }[];
}

/** The mean cosine of the features, and how many answers aren't those of f32. */
interface Loss {
  readonly cosine: number;
  readonly changed: number;
}

/** The most that may be lost, by the bits of activations. */
const BOUNDS: Readonly<Record<7 | 8, Loss>> = {
  8: { cosine: 0.9975, changed: 1 },
  7: { cosine: 0.995, changed: 2 },
};

testWith(
  IMAGENET && EVAL_PHOTOS,
  "the 1000-class model is right on at least 32 of 37 photos, and keeps its features and answers in int8",
  async () => {
    await using folder = await temporaryFolder();
    const calibrated = `${folder.path}/imagenet.safetensors`;
    const { byteLength, fidelities } = await convert(calibrated, [
      ...["--calibrate", PHOTOS],
      // The simulation takes its time; the engine runs all of them below.
      ...["--evaluate", `${EVAL_PHOTOS}/*/coral_*`],
    ]);
    assert.ok(byteLength < 25e6);
    for (const { bits, images, featuresCosine, sameAnswer } of fidelities) {
      assert.equal(images, 7);
      assertFaithful(`simulation, ${bits} bits`, bits, {
        cosine: featuresCosine.mean,
        changed: images - sameAnswer,
      });
    }
    const free = `${folder.path}/free.safetensors`;
    await convert(free, []);

    const { files } = await findInputs([EVAL_PHOTOS!]);
    const network = await loadNetwork(IMAGENET!);
    const graph = inceptionV3(network.architecture);
    const images = await fitPhotos(files, network);
    assert.equal(images.length, 37);
    const expected = await watchF32(network, { graph, images });
    const labelled = await readLabels();
    const wrong = files.filter((file, i) =>
      !labelled.get(file)!.includes(`${expected[i]!.answer}`)
    );
    assert.ok(wrong.length <= 5, wrong.join("\n"));
    for (const bits of [8, 7] as const) {
      using engine = await openEngine(calibrated, bits);
      const cosine = await meanCosine(engine, images, expected);
      const changed = await changedAnswers(engine, images, expected);
      assertFaithful(`engine, ${bits} bits`, bits, { cosine, changed });
      using other = await openEngine(free, bits);
      const behind = cosine - await meanCosine(other, images, expected);
      assert.ok(behind <= 0.003, `without images ${behind} is lost`);
    }
  },
);

/** The classes that are right, by the photo's path. */
async function readLabels(): Promise<ReadonlyMap<string, readonly string[]>> {
  const table = await Deno.readTextFile(`${EVAL_PHOTOS}labels.tsv`);
  const rows = table.trim().split("\n").slice(1).map((it) => it.split("\t"));
  return new Map(
    rows.map(([file, classes]) => [EVAL_PHOTOS + file!, classes!.split(",")]),
  );
}

function assertFaithful(
  what: string,
  bits: 7 | 8,
  { cosine, changed }: Loss,
): void {
  const text = `${what}: cosine ${cosine}, ${changed} other answers`;
  console.log(text);
  assert.ok(cosine >= BOUNDS[bits].cosine, text);
  assert.ok(changed <= BOUNDS[bits].changed, text);
}

async function openEngine(file: string, bits: 7 | 8): Promise<Session> {
  const network = await loadNetwork(file);
  const graph = inceptionV3(network.architecture);
  return await wasmInt8({ activationBits: bits }).reserve(graph).open(network);
}

/** How close the engine's features are to those of f32. */
async function meanCosine(
  engine: Session,
  images: readonly Pixels["data"][],
  expected: readonly WatchedRun[],
): Promise<number> {
  let sum = 0;
  for (const [i, image] of images.entries()) {
    const features = await engine.run(image, "features");
    sum += cosine(features, expected[i]!.features);
  }
  return sum / images.length;
}

/** How many of the engine's answers aren't those of f32. */
async function changedAnswers(
  engine: Session,
  images: readonly Pixels["data"][],
  expected: readonly WatchedRun[],
): Promise<number> {
  let changed = 0;
  for (const [i, image] of images.entries()) {
    const logits = await engine.run(image, "logits");
    const answer = logits.indexOf(Math.max(...logits));
    if (answer !== expected[i]!.answer[0]) changed++;
  }
  return changed;
}

Deno.test("nsfw in int8 gives probabilities within 0.05 of f32", async () => {
  const network = await loadNetwork("nsfw", { precision: "f32" });
  const graph = inceptionV3(network.architecture);
  const quantized = quantizeNetwork(
    network,
    calibrateByBatchNorm(network, graph),
    { source: "", license: "" },
  );
  const { files } = await findInputs([PHOTOS]);
  const images = await fitPhotos(files, network);
  assert.equal(images.length, 12);
  const expected: Float32Array[] = [];
  {
    using session = await openObserved(network, graph, () => {});
    for (const image of images) {
      expected.push(await session.run(image, "probabilities"));
    }
  }
  for (const activationBits of [8, 7] as const) {
    using engine = await wasmInt8({ activationBits }).reserve(graph).open(
      quantized,
    );
    for (const [i, image] of images.entries()) {
      const found = await engine.run(image, "probabilities");
      const difference = Math.max(
        ...found.map((it, k) => Math.abs(it - expected[i]![k]!)),
      );
      console.log(`${files[i]}, ${activationBits} bits: ${difference}`);
      assert.ok(difference <= 0.05);
    }
    if (!WEBGPU) continue;
    using gpu = await webgpuInt8({ activationBits })
      .reserve(graph).open(quantized);
    const ranges = channelAbsMax(graph, (name) => quantized.absMax(name))
      .get(graph.outputs.activations!)!;
    const steps = ranges.map((it) => it / (2 ** activationBits - 1));
    for (const image of images.slice(0, 1)) {
      const expected = await engine.run(image, "activations");
      const found = await gpu.run(image, "activations");
      // Devices may fuse a multiplication with an addition.
      const differences = found.map((it, i) =>
        Math.abs(it - expected[i]!) / steps[i % steps.length]!
      );
      const different = differences.filter((it) => it > 0.5).length;
      assert.ok(differences.every((it) => it < 2.5), `${activationBits} bits`);
      assert.ok(different < found.length / 100, `${different}`);
    }
  }
});

async function fitPhotos(
  files: readonly string[],
  { preprocessing }: Network,
): Promise<readonly Pixels["data"][]> {
  const images: Pixels["data"][] = [];
  for (const file of files) {
    const photo = await decodeImage(await Deno.readFile(file));
    images.push(cropAndResize(photo, 299, preprocessing).data);
  }
  return images;
}

async function convert(
  out: string,
  photos: readonly string[],
): Promise<Report> {
  const folder = out.slice(0, out.lastIndexOf("/"));
  const { code, stdout, stderr } = await totem([
    ...["convert", IMAGENET!, "--out", out, ...photos, "--json"],
  ], { permissions: ["--allow-read", `--allow-write=${folder}`] });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

async function temporaryFolder() {
  const path = await Deno.makeTempDir();
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
