/**
 * The loss by int8 on the real models, at full size: measured by the command line, with
 * its simulation, as in a user's conversion, and by the engine, whose results the GPU
 * reproduces.
 */
import assert from "node:assert/strict";
import type { Session } from "../../../src/backends/mod.ts";
import { wasmInt8 } from "../../../src/backends/simd/wasm_int8.ts";
import { loadNetwork } from "../../../src/weights/mod.ts";
import { webgpuInt8 } from "../../../src/backends/webgpu/webgpu_int8.ts";
import { inceptionV3, type Network } from "../../../src/model/mod.ts";
import { channelAbsMax } from "../../../src/model/abs_max.ts";
import { PHOTOS, totem } from "../../cli/totem.ts";
import { cosine } from "../../cosine.ts";
import { EVAL_PHOTOS, IMAGENET, testWith } from "../../shared_data.ts";
import { WEBGPU } from "../../webgpu.ts";
import {
  type ClassAnswer,
  computeImagenet,
  computeNsfw,
  keptImagenet,
  keptNsfw,
  type Measured,
  measuredImagenet,
  measuredNsfw,
} from "./f32_answers.ts";
import { int8Imagenet, int8Nsfw, once } from "./models.ts";

/** The report of `totem convert --json`. */
interface Report {
  readonly byteLength: number;
  readonly fidelities: readonly {
    readonly bits: 7 | 8;
    readonly images: number;
    readonly featuresCosine: { readonly mean: number };
    readonly sameAnswer: number;
  }[];
}

/** The mean cosine of the features, and how many answers differ from f32's. */
interface Loss {
  readonly cosine: number;
  readonly changed: number;
}

/** Each model with its photos and its stored answers, for all tests here. */
const imagenet = once(async () => {
  const measured = await measuredImagenet();
  return { measured, kept: await keptImagenet(measured) };
});
const nsfw = once(async () => {
  const measured = await measuredNsfw();
  return { measured, kept: await keptNsfw(measured) };
});

/** The bounds on the loss, by activation bits. */
const BOUNDS: Readonly<Record<7 | 8, Loss>> = {
  8: { cosine: 0.9975, changed: 1 },
  7: { cosine: 0.997, changed: 2 },
};

testWith(
  IMAGENET && EVAL_PHOTOS,
  "the 1000-class model is right on at least 32 of 37 photos, and keeps its features and answers in int8",
  async () => {
    await using folder = await temporaryFolder();
    const calibrated = `${folder.path}/imagenet.safetensors`;
    const { byteLength, fidelities } = await convert(calibrated, [
      ...["--calibrate", PHOTOS],
      // The simulation is slow; the engine runs all photos below.
      ...["--evaluate", `${EVAL_PHOTOS}/*/coral_*r*`],
    ]);
    assert.ok(byteLength < 25e6);
    for (const { bits, images, featuresCosine, sameAnswer } of fidelities) {
      assert.equal(images, 3);
      assertFaithful(`simulation, ${bits} bits`, bits, {
        cosine: featuresCosine.mean,
        changed: images - sameAnswer,
      });
    }
    const { measured: { files, images }, kept: expected } = await imagenet();
    assert.equal(images.length, 37);
    const labelled = await readLabels();
    const wrong = files.filter((file, i) =>
      !labelled.get(file)!.includes(`${expected[i]!.answer}`)
    );
    assert.ok(wrong.length <= 5, wrong.join("\n"));
    const network = await loadNetwork(calibrated);
    const free = await int8Imagenet();
    for (const bits of [8, 7] as const) {
      using engine = await openEngine(network, bits);
      const cosines = await cosinesOf(engine, images, expected);
      const cosine = mean(cosines);
      const changed = await changedAnswers(engine, images, expected);
      assertFaithful(`engine, ${bits} bits`, bits, { cosine, changed });
      using other = await openEngine(free, bits);
      // Measures its deficit on every third image.
      const behind = mean(cosines.filter(isThird)) -
        mean(
          await cosinesOf(
            other,
            images.filter(isThird),
            expected.filter(isThird),
          ),
        );
      assert.ok(behind <= 0.003, `without images ${behind} is lost`);
    }
  },
);

/** The correct classes, by the photo's path. */
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

async function openEngine(network: Network, bits: 7 | 8): Promise<Session> {
  const graph = inceptionV3(network.architecture);
  return await wasmInt8({ activationBits: bits }).reserve(graph).open(network);
}

/** The cosine between the engine's features and those of f32, by image. */
async function cosinesOf(
  engine: Session,
  images: Measured["images"],
  expected: readonly ClassAnswer[],
): Promise<readonly number[]> {
  const cosines: number[] = [];
  for (const [i, image] of images.entries()) {
    const features = await engine.run(image, "features");
    cosines.push(cosine(features, expected[i]!.features));
  }
  return cosines;
}

function isThird(_: unknown, index: number): boolean {
  return index % 3 === 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, it) => sum + it, 0) / values.length;
}

/** The number of the engine's answers that differ from f32's. */
async function changedAnswers(
  engine: Session,
  images: Measured["images"],
  expected: readonly ClassAnswer[],
): Promise<number> {
  let changed = 0;
  for (const [i, image] of images.entries()) {
    const logits = await engine.run(image, "logits");
    const answer = logits.indexOf(Math.max(...logits));
    if (answer !== expected[i]!.answer) changed++;
  }
  return changed;
}

testWith(
  IMAGENET && EVAL_PHOTOS,
  "the kept answers of the 1000-class model in f32 are what tfjs computes",
  async () => {
    const { measured: { network, images }, kept } = await imagenet();
    const checked = [0, 18];
    const found = await computeImagenet(
      network,
      checked.map((it) => images[it]!),
    );
    for (const [i, { answer, features }] of found.entries()) {
      const it = kept[checked[i]!]!;
      assert.equal(it.answer, answer);
      assert.ok(cosine(it.features, features) > 1 - 1e-5);
    }
  },
);

Deno.test("the kept probabilities of nsfw in f32 are what tfjs computes", async () => {
  const { measured: { network, images }, kept } = await nsfw();
  const checked = [0, 6];
  const found = await computeNsfw(network, checked.map((it) => images[it]!));
  for (const [i, probabilities] of found.entries()) {
    for (const [k, it] of probabilities.entries()) {
      assert.ok(Math.abs(it - kept[checked[i]!]![k]!) < 1e-5);
    }
  }
});

Deno.test("nsfw in int8 gives probabilities within 0.05 of f32", async () => {
  const { measured: { files, images }, kept: expected } = await nsfw();
  const quantized = await int8Nsfw();
  const graph = inceptionV3(quantized.architecture);
  assert.equal(images.length, 12);
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
      // Devices may fuse multiplications and additions.
      const differences = found.map((it, i) =>
        Math.abs(it - expected[i]!) / steps[i % steps.length]!
      );
      const different = differences.filter((it) => it > 0.5).length;
      assert.ok(differences.every((it) => it < 2.5), `${activationBits} bits`);
      assert.ok(different < found.length / 100, `${different}`);
    }
  }
});

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
