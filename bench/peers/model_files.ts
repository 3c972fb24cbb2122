/**
 * The network as a file for each contestant: `nsfw`, whose weights are public in npm's
 * `nsfwjs`.
 *
 * @module
 */
import {
  exportOnnx,
  exportTflite,
  type WrittenModel,
} from "../../src/export/mod.ts";
import type { Network } from "../../src/model/mod.ts";
import {
  KNOWN_MODELS,
  loadNetwork,
  loadQuantized,
  writeNetwork,
} from "../../src/weights/mod.ts";
import type { Contestant } from "./contestants/contestant.ts";

/** Writes a file, and those that it refers to, into a folder. */
type Write = (folder: string, name: string) => Promise<void>;

/** The name of the model file for a contestant. */
export function modelFileOf({ library, precision }: Contestant): string {
  switch (library) {
    case "Totem":
      return "nsfw.safetensors";
    case "tfjs-backend-wasm":
    case "tfjs-backend-webgpu":
      return "model.json";
    case "onnxruntime-web":
    case "onnxruntime-node":
      return `nsfw_${precision}.onnx`;
    case "LiteRT.js":
      return `nsfw_${precision}.tflite`;
  }
}

/** Writes the model file with this name. */
export async function writeModelFile(
  folder: string,
  name: string,
): Promise<void> {
  await WRITERS[name]!(folder, name);
}

const WRITERS: Readonly<Record<string, Write>> = {
  "model.json": writeLayersModel,
  "nsfw.safetensors": async (folder, name) => {
    const { stream } = writeNetwork(await loadQuantized("nsfw"));
    await Deno.writeFile(`${folder}/${name}`, stream);
  },
  "nsfw_f32.onnx": writeFloat(exportOnnx),
  "nsfw_f32.tflite": writeFloat(exportTflite),
  "nsfw_int8.onnx": writeInt8(exportOnnx),
  "nsfw_int8.tflite": writeInt8(exportTflite),
};

type Export = (network: Network) => WrittenModel;

function writeFloat(exported: Export): Write {
  return async (folder, name) => {
    const network = await loadNetwork("nsfw", { precision: "f32" });
    await Deno.writeFile(`${folder}/${name}`, exported(network).stream);
  };
}

function writeInt8(exported: Export): Write {
  return async (folder, name) => {
    const network = await loadQuantized("nsfw");
    await Deno.writeFile(`${folder}/${name}`, exported(network).stream);
  };
}

/** Writes the model as its npm package has it: JSON, and 8-bit weights in base64. */
async function writeLayersModel(folder: string, name: string): Promise<void> {
  const { InceptionV3Model } = await import(
    `${KNOWN_MODELS.nsfw!.source}/models/inception_v3`
  );
  const { default: json } = await InceptionV3Model.modelJson();
  await Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(json));
  const [{ paths }] = json.weightsManifest;
  for (const [i, path] of paths.entries()) {
    const { default: text } = await InceptionV3Model.weightBundles[i]();
    await Deno.writeFile(`${folder}/${path}`, Uint8Array.fromBase64(text));
  }
}
