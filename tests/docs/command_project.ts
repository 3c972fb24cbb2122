import { gunzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { writeNetwork } from "../../src/weights/mod.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { readKerasFile } from "../keras_files.ts";
import { makeLayersModel, writeLayersModel } from "../layers_model.ts";
import { makeStateDict, saveStateDict } from "../torchvision_model.ts";
import { ROOT } from "./texts.ts";

const MODELS = new URL("tests/data/models/", ROOT);
const PHOTOS = fileURLToPath(new URL("examples/photos", ROOT));
/** The photos of each class: `bolt/1.jpg` and so on. */
const CLASSES = {
  bolt: ["bridge", "clock", "drum"],
  nut: ["fig", "stream", "sunset"],
};

/** Folders for commands, which disposing deletes. */
export interface CommandProjects extends AsyncDisposable {
  /** Makes a folder with the files that a text's commands read. */
  copy(text: string): Promise<string>;
}

/**
 * Makes folders with photos, photos by class, and small models in many formats, under
 * the names in the docs.
 */
export async function makeCommandProjects(): Promise<CommandProjects> {
  const root = await Deno.makeTempDir();
  const base = `${root}/base`;
  await copyFolder(PHOTOS, `${base}/examples/photos`);
  await Deno.copyFile(`${PHOTOS}/cocker_spaniels.jpg`, `${base}/photo.jpg`);
  for (const folder of ["photos", "small"]) await classFolders(base, folder);
  await copyFolder(`${base}/photos/nut`, `${base}/uploads`);
  await writeModels(base);
  let copies = 0;
  return {
    async copy(text) {
      const path = `${root}/${++copies}`;
      await copyFolder(base, path);
      if (text.startsWith("docs/search")) await photosByYear(path);
      return path;
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

async function classFolders(base: string, folder: string): Promise<void> {
  for (const [label, photos] of Object.entries(CLASSES)) {
    await Deno.mkdir(`${base}/${folder}/${label}`, { recursive: true });
    for (const [i, photo] of photos.entries()) {
      await Deno.copyFile(
        `${PHOTOS}/${photo}.jpg`,
        `${base}/${folder}/${label}/${i + 1}.jpg`,
      );
    }
  }
}

async function photosByYear(path: string): Promise<void> {
  await Deno.rename(`${path}/photos/bolt`, `${path}/photos/2024`);
  await Deno.rename(`${path}/photos/nut`, `${path}/photos/2025`);
}

async function writeModels(path: string): Promise<void> {
  const write = async (name: string, data: string | Uint8Array) => {
    const bytes = typeof data === "string"
      ? new TextEncoder().encode(data)
      : data;
    await Deno.writeFile(`${path}/${name}`, bytes);
  };
  // As many as in the Keras and PyTorch files.
  const classes = ["bolt", "nut", "screw", "pin", "cam", "gear", "spring"];
  const architecture = { widthMultiplier: 1 / 16, classes: classes.length };
  const network = await narrowNetwork({ architecture });
  const own = await fileOf({ ...network, labels: classes });
  for (const name of ["model", "imagenet", "m"]) {
    await write(`${name}.safetensors`, own);
  }
  const sigmoid = { ...architecture, activation: "sigmoid" } as const;
  await write(
    "labels.safetensors",
    await fileOf(await narrowNetwork({ architecture: sigmoid })),
  );
  await Deno.mkdir(`${path}/model`);
  await writeLayersModel(makeLayersModel({ architecture }), `${path}/model`);
  for (const name of ["model", "parts"]) {
    await write(`${name}.keras`, readKerasFile("flat.keras"));
  }
  await write("model.onnx", unzipped("onnx/torch113_opset13.onnx"));
  await write("checkpoint.pth", unzipped("torch/state_dict_213.pth"));
  await Deno.mkdir(`${path}/timm`);
  const { data } = await saveStateDict(makeStateDict());
  const torch = new Uint8Array(data.buffer); // The whole file.
  await write("timm/model.safetensors", torch);
  await write("cats_and_dogs.safetensors", torch);
  await write("sample.txt", "photo.jpg\n");
  await write("names.txt", classes.join("\n"));
  await write("names.json", JSON.stringify(classes));
}

function unzipped(name: string): Uint8Array {
  return gunzipSync(Deno.readFileSync(new URL(`${name}.gz`, MODELS)));
}

async function fileOf(
  network: Parameters<typeof writeNetwork>[0],
): Promise<Uint8Array> {
  return await new Response(writeNetwork(network).stream).bytes();
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
