import { load } from "../../mod.ts";
import {
  makePlan,
  openCorpus,
  openStorage,
  planModel,
} from "../../src/batch/mod.ts";
import {
  addImages,
  describeModel,
  SearchIndex,
  writeIndex,
} from "../../src/search/mod.ts";
import { writeNetwork } from "../../src/weights/mod.ts";
import { packageImports } from "../examples/example_folder.ts";
import { animation } from "../image/animation/fixtures.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { readH5 } from "../keras_h5.ts";
import { makeLayersModel } from "../layers_model.ts";
import { nsfwIsInstalled } from "../nsfw.ts";
import { makeStateDict, saveStateDict } from "../torchvision_model.ts";

const ROOT = new URL("../../", import.meta.url);
const PHOTOS = new URL("examples/photos/", ROOT);

/** The names of photos in examples. */
const NAMES = {
  "photo.jpg": "cocker_spaniels",
  "photos/a.jpg": "alp",
  "photos/b.jpg": "mountain",
  "bolt/1.jpg": "bridge",
  "bolt/2.jpg": "clock",
  "bolt/3.jpg": "dandelion",
  "bolt/4.jpg": "dragonfly",
  "bolt/5.jpg": "drum",
  "nut/1.jpg": "fig",
  "nut/2.jpg": "paintbrush",
  "nut/3.jpg": "stream",
  "nut/4.jpg": "sunset",
  "nut/5.jpg": "alp",
};

/** A folder with the files that examples read, which disposing deletes. */
export interface ExampleProject extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a project that uses the package: its `deno.json`, photos, models (all small
 * except `nsfw`), an index and a batch run.
 */
export async function makeExampleProject(): Promise<ExampleProject> {
  const root = await Deno.makeTempDir();
  const path = `${root}/project`;
  const write = async (name: string, data: string | Uint8Array) => {
    const folder = name.slice(0, name.lastIndexOf("/") + 1);
    await Deno.mkdir(`${path}/${folder}`, { recursive: true });
    await Deno.writeFile(
      `${path}/${name}`,
      typeof data === "string" ? new TextEncoder().encode(data) : data,
    );
  };
  await write("deno.json", await describeProject());
  for (const [name, photo] of Object.entries(NAMES)) {
    await write(name, await Deno.readFile(new URL(`${photo}.jpg`, PHOTOS)));
  }

  // The docs assume a clone next to the project.
  for (const photo of ["cocker_spaniels", "alp"]) {
    const name = `examples/photos/${photo}.jpg`;
    await write(
      `../inception/${name}`,
      await Deno.readFile(new URL(name, ROOT)),
    );
  }

  await write("clip.gif", animation("disposals.gif"));

  const network = await narrowNetwork();
  const labels = ["bolt", "nut", ...network.labels.slice(2)];
  const totemFile = await new Response(
    writeNetwork({ ...network, labels }).stream,
  ).bytes();
  for (const name of ["model", "first", "second", "parts"]) {
    await write(`${name}.safetensors`, totemFile);
  }
  await write("model.h5", readH5("keras2_weights"));
  const { data } = await saveStateDict(makeStateDict());
  await write("timm/model.safetensors", new Uint8Array(data.buffer)); // All of it.
  const { modelJson, shards } = makeLayersModel({
    architecture: { widthMultiplier: 1 / 16, classes: 3 },
  });
  await write("parts/model.json", JSON.stringify(modelJson));
  for (const [name, shard] of shards) await write(`parts/${name}`, shard);
  const index = await indexFile(`${path}/photos`);
  for (const name of ["photos", "2024", "2025"]) {
    await write(`${name}.safetensors`, index);
  }
  for (const task of ["classify", "features"] as const) {
    const folder = task === "classify" ? "run" : "features-run";
    await makePlan(
      await openCorpus(`${path}/photos`),
      await planModel(network),
      await openStorage(`${path}/${folder}`),
      { shardSize: 1, task },
    );
  }
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

/** Its imports, and the package's own settings with one exception. */
async function describeProject(): Promise<string> {
  const { compilerOptions, unstable } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  // Deno imports all exports of an example's module.
  compilerOptions.noUnusedLocals = false;
  const imports = await packageImports();
  return JSON.stringify({ imports, compilerOptions, unstable });
}

async function indexFile(folder: string): Promise<Uint8Array> {
  using _ = nsfwIsInstalled();
  using classifier = await load("nsfw");
  const index = await SearchIndex.create({
    model: await describeModel(classifier, "nsfw"),
    root: "photos",
  });
  const images = ["a.jpg", "b.jpg"].map((name) => ({
    name,
    version: "1",
    read: () => Deno.readFile(`${folder}/${name}`),
  }));
  for await (const { error } of addImages(index, classifier, images)) {
    if (error) throw error;
  }
  return await new Response(writeIndex(index).stream).bytes();
}
