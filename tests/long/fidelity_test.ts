/**
 * What int8 loses on the real models, at full size: by the command line, as a
 * person converts, by the simulation, and by the engine.
 */
import assert from "node:assert/strict";
import {
  openObserved,
  openSimulation,
} from "../../src/backends/tfjs/observe.ts";
import { wasmInt8 } from "../../src/backends/simd/wasm_int8.ts";
import { decodeImage, fitImage, loadNetwork, type Session } from "../../mod.ts";
import { inceptionV3 } from "../../src/model/mod.ts";
import { calibrateByBatchNorm } from "../../src/weights/quantize/data_free.ts";
import { quantizeNetwork } from "../../src/weights/quantize/quantize_network.ts";
import { findInputs } from "../../src/cli/inputs.ts";
import { PHOTOS, totem } from "../cli/totem.ts";
import { cosine } from "../cosine.ts";
import { EVAL_PHOTOS, IMAGENET, testWith } from "../shared_data.ts";

interface Report {
  readonly byteLength: number;
  readonly fidelities: readonly {
    readonly images: number;
    readonly featuresCosine: { readonly mean: number };
    readonly sameAnswer: number;
  }[];
}

/** The least mean cosine of the features, and how many answers are the same. */
const LEAST = {
  8: { cosine: 0.9975, same: 36 },
  7: { cosine: 0.995, same: 35 },
};

testWith(
  IMAGENET && EVAL_PHOTOS,
  "the 1000-class model keeps its features and answers in int8",
  async () => {
    await using folder = await temporaryFolder();
    const file = `${folder.path}/imagenet.safetensors`;
    const { byteLength, fidelities } = await convert(file, [
      "--calibrate",
      PHOTOS,
    ]);
    const free = await convert(`${folder.path}/free.safetensors`, []);
    assert.ok(byteLength < 25e6);
    for (const [i, bits] of ([8, 7] as const).entries()) {
      const { cosine, same } = LEAST[bits];
      const found = fidelities[i]!;
      const { mean } = found.featuresCosine;
      assert.equal(found.images, 37);
      assert.ok(mean >= cosine, `${mean}`);
      assert.ok(found.sameAnswer >= same, `${found.sameAnswer} of 37`);
      const behind = mean - free.fidelities[i]!.featuresCosine.mean;
      assert.ok(behind <= 0.003, `without images ${behind} is lost`);
    }
    await checkEngine(file);
  },
);

/** The engine keeps what the simulation promised. */
async function checkEngine(file: string): Promise<void> {
  const network = await loadNetwork(IMAGENET!);
  const images: (Uint8Array | Uint8ClampedArray)[] = [];
  const { files } = await findInputs([EVAL_PHOTOS!]);
  for (const file of files) {
    const photo = await decodeImage(await Deno.readFile(file));
    images.push(fitImage(photo, 299, network.preprocessing).data);
  }
  const run = async (session: Session) => {
    const results = [];
    for (const image of images) {
      const logits = await session.run(image, "logits");
      results.push({
        features: await session.run(image, "features"),
        answer: logits.indexOf(Math.max(...logits)),
      });
    }
    return results;
  };
  const graph = inceptionV3(network.architecture);
  const expected = await (async () => {
    using session = await openObserved(network, graph, () => {});
    return await run(session);
  })();
  const int8 = await loadNetwork(file);
  for (const bits of [8, 7] as const) {
    using session = await wasmInt8({ activationBits: bits })
      .open(int8, graph);
    const found = await run(session);
    const cosines = found.map(({ features }, i) =>
      cosine(features, expected[i]!.features)
    );
    const mean = cosines.reduce((a, b) => a + b) / cosines.length;
    const same = found.filter((it, i) => it.answer === expected[i]!.answer);
    console.log(`engine, ${bits} bits: ${mean}, ${same.length} of 37`);
    assert.ok(mean >= LEAST[bits].cosine, `${bits} bits: ${mean}`);
    assert.ok(same.length >= LEAST[bits].same, `${same.length} of 37`);
  }
}

Deno.test("nsfw in int8 gives probabilities within 0.05 of f32", async () => {
  const network = await loadNetwork("nsfw", { precision: "f32" });
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
    using simulation = await openSimulation(quantized, graph, bits);
    using engine = await wasmInt8({ activationBits: bits })
      .open(quantized, graph);
    for (const session of [simulation, engine]) {
      for (const [i, image] of images.entries()) {
        const found = await session.run(image, "probabilities");
        const difference = Math.max(
          ...found.map((it, k) => Math.abs(it - expected[i]![k]!)),
        );
        assert.ok(difference <= 0.05, `${bits} bits: ${difference}`);
        console.log(bits, difference);
      }
    }
  }
});

async function convert(
  out: string,
  calibration: readonly string[],
): Promise<Report> {
  const folder = out.slice(0, out.lastIndexOf("/"));
  const { code, stdout, stderr } = await totem([
    "convert",
    IMAGENET!,
    "--out",
    out,
    ...calibration,
    "--evaluate",
    EVAL_PHOTOS!,
    "--json",
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
