import { FOLDER_FILES, isOneFile } from "./model_endings.ts";

/** The maximum number of models to name. */
const NAMED = 5;

/**
 * Says what to do about a local folder that has none of {@linkcode FOLDER_FILES}: names
 * the models in it and in its subfolders.
 */
export async function describeFolder(url: URL): Promise<string> {
  const found = await modelsIn(url).catch(() => []); // For example, without permission.
  const others = found.length - NAMED;
  const advice = found.length === 0
    ? "give the path of the model's file in it"
    : found.length === 1
    ? `give the path of the model in it, ${found[0]}`
    : `give the path of one of the models in it: ${
      found.slice(0, NAMED).join(", ")
    }${others > 0 ? ` and ${others} more` : ""}`;
  return `it is a folder that has none of ${
    FOLDER_FILES.join(", ")
  }: ${advice}`;
}

/** The paths of models in a folder and its subfolders, but no deeper. */
async function modelsIn(url: URL): Promise<readonly string[]> {
  const { readdir, stat } = process.getBuiltinModule("node:fs/promises");
  const folder = new URL(`${url.href.replace(/\/*$/, "")}/`);
  const found: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (name.startsWith(".")) continue;
    const place = new URL(encodeURIComponent(name), folder);
    const entry = await stat(place).catch(() => undefined); // A broken link has none.
    if (entry?.isDirectory()) {
      const inside = await readdir(place).catch((): string[] => []);
      const model = FOLDER_FILES.find((it) => inside.includes(it));
      if (model !== undefined) found.push(`${name}/${model}`);
    } else if (entry?.isFile() && await isModel(name, place)) {
      found.push(name);
    }
  }
  return found;
}

async function isModel(name: string, place: URL): Promise<boolean> {
  // A .bin file is nearly always a part of another model, such as TFJS's weights.
  if (/\.json$/i.test(name)) return await isTfjs(place).catch(() => false);
  return isOneFile(name) && !/\.(bin|tar)$/i.test(name);
}

/** Whether a JSON file begins as TFJS writes a model. */
async function isTfjs(place: URL): Promise<boolean> {
  const { open } = process.getBuiltinModule("node:fs/promises");
  const file = await open(place);
  try {
    const start = new Uint8Array(1000);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    const text = new TextDecoder().decode(start.subarray(0, bytesRead));
    return /"(modelTopology|weightsManifest|layers-model|graph-model)"/
      .test(text);
  } finally {
    await file.close();
  }
}
