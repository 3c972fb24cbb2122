/**
 * What int8 loses on the real models, at full size: by the command line, as a
 * person converts, and by the simulation.
 */
import assert from "node:assert/strict";
import {
  openObserved,
  openSimulation,
} from "../../src/backends/tfjs/observe.ts";
import { decodeImage, fitImage, loadNetwork } from "../../mod.ts";
import { inceptionV3 } from "../../src/model/mod.ts";
import { calibrateByBatchNorm } from "../../src/weights/quantize/data_free.ts";
import { quantizeNetwork } from "../../src/weights/quantize/quantize_network.ts";
import { PHOTOS, totem } from "../cli/totem.ts";
import { EVAL_PHOTOS, IMAGENET, testWith } from "../shared_data.ts";

interface Report {
  readonly byteLength: number;
  readonly fidelities: readonly {
    readonly images: number;
    readonly featuresCosine: { readonly mean: number };
    readonly sameAnswer: number;
  }[];
}

testWith(
  IMAGENET && EVAL_PHOTOS,
  "the 1000-class model keeps its features and answers in int8",
  async () => {
    const { byteLength, fidelities } = await convert(["--calibrate", PHOTOS]);
    const free = await convert([]);
    assert.ok(byteLength < 25e6);
    const least = [
      { cosine: 0.9975, sameAnswer: 36 },
      { cosine: 0.995, sameAnswer: 35 },
    ];
    for (const [i, { cosine, sameAnswer }] of least.entries()) {
      const found = fidelities[i]!;
      const { mean } = found.featuresCosine;
      assert.equal(found.images, 37);
      assert.ok(mean >= cosine, `${mean}`);
      assert.ok(found.sameAnswer >= sameAnswer, `${found.sameAnswer} of 37`);
      const behind = mean - free.fidelities[i]!.featuresCosine.mean;
      assert.ok(behind <= 0.003, `without images ${behind} is lost`);
    }
  },
);

Deno.test("nsfw in int8 gives probabilities within 0.05 of f32", async () => {
  const network = await loadNetwork("nsfw");
  const graph = inceptionV3(network.architecture);
  const quantized = quantizeNetwork(
    network,
    calibrateByBatchNorm(network, graph),
    { source: "", license: "" },
  );
  const images: (Uint8Array | Uint8ClampedArray)[] = [];
  for await (const { name } of Deno.readDir(PHOTOS)) {
    const photo = await decodeImage(await Deno.readFile(`${PHOTOS}/${name}`));
    images.push(fitImage(photo, 299, network.preprocessing).data);
  }
  assert.equal(images.length, 12);
  const expected: Float32Array[] = [];
  {
    using session = await openObserved(network, graph, () => {});
    for (const image of images) {
      expected.push(await session.run(image, "probabilities"));
    }
  }
  for (const bits of [8, 7] as const) {
    using session = await openSimulation(quantized, graph, bits);
    for (const [i, image] of images.entries()) {
      const found = await session.run(image, "probabilities");
      const difference = Math.max(
        ...found.map((it, k) => Math.abs(it - expected[i]![k]!)),
      );
      assert.ok(difference <= 0.05, `${bits} bits: ${difference}`);
      console.log(bits, difference);
    }
  }
});

async function convert(calibration: readonly string[]): Promise<Report> {
  const folder = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await totem([
      "convert",
      IMAGENET!,
      "--out",
      `${folder}/imagenet.safetensors`,
      ...calibration,
      "--evaluate",
      EVAL_PHOTOS!,
      "--json",
    ], { permissions: ["--allow-read", `--allow-write=${folder}`] });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
