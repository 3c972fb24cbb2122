import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { finetune } from "../../src/train/mod.ts";
import {
  isQuantized,
  loadNetwork,
  loadQuantized,
  type Network,
} from "../../src/weights/mod.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { makeLayersModel, writeLayersModel } from "../layers_model.ts";
import { patternImage } from "../train/patterns.ts";

const network = await narrowNetwork();

Deno.test("loadQuantized() reads a file of one's own, by path, address and response", async () => {
  await using file = await fileOf(network);
  const sources = [
    file.path,
    pathToFileURL(file.path),
    pathToFileURL(file.path).href,
    new Response(await Deno.readFile(file.path)),
  ];
  for (const source of sources) {
    const { license, calibration, absMax } = await loadQuantized(source);
    assert.equal(license, network.license);
    assert.deepEqual(calibration, network.calibration);
    assert.equal(absMax("Conv2d_1a_3x3"), network.absMax("Conv2d_1a_3x3"));
  }
});

Deno.test("loadQuantized() refuses f32 weights, and says what makes int8", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeLayersModel(makeLayersModel(), folder);
    await assert.rejects(loadQuantized(folder), {
      name: "ArgumentError",
      message:
        `Cannot load ${folder} as int8 as its weights are f32: convert() and totem convert make int8 of them`,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  await assert.rejects(loadQuantized("nothing.safetensors"), {
    name: "UnknownModelError",
  });
});

Deno.test("finetune() takes what loadNetwork() and loadQuantized() read of a file", async () => {
  await using file = await fileOf(network);
  const classes = ["rows", "checks"] as const;
  const photos = classes.flatMap((label) => [
    { label, image: patternImage(label, 75, 1) },
    { label, image: patternImage(label, 75, 2) },
  ]);
  const options = { classes, variant: 75, augmentations: 1, epochs: 1 };
  const read: Network = await loadNetwork(file.path);
  assert.equal(isQuantized(read), true);
  for (const base of [read, await loadQuantized(file.path)]) {
    const taught = await finetune(base, photos, options);
    assert.deepEqual(taught.network.labels, classes);
  }
});
