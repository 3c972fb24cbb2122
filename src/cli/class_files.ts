import { readNamedFile } from "./named_file.ts";
import { parseJson } from "../weights/parse_json.ts";
import { type FoundClasses, parseClasses } from "../weights/labels.ts";
import { ArgumentError } from "../errors.ts";
import { openFile, readByteSource } from "../io/open_file.ts";
import { MAX_JSON } from "../weights/limits.ts";

/**
 * Reads class names from a file: JSON, or one name per line.
 *
 * @throws {CorruptWeightsError} When the JSON has another structure.
 */
export async function readLabels(path: string): Promise<FoundClasses> {
  const bytes = await readNamedFile(path);
  const text = new TextDecoder().decode(bytes).trim();
  const isJson = /^[[{]/.test(text) || path.toLowerCase().endsWith(".json");
  const classes = isJson
    ? parseClasses(parseJson(bytes, path), path)
    : { labels: text.split(/\r?\n/) };
  return { ...classes, labelsFrom: path };
}

/**
 * The ids of a model's classes: from the given file, else from the model, else from a
 * `classes.json` beside the model, if it has ids.
 *
 * @param classes The number of classes of the model.
 * @throws {ArgumentError} When the given file has no ids or a wrong number of them.
 */
export async function findClassIds(
  file: string | undefined,
  model: string,
  classes: number,
  own: readonly string[] | undefined,
): Promise<readonly string[] | null> {
  if (file === undefined && own !== undefined) return own;
  if (file === undefined) {
    // The user didn't name this file, so its content may be unrelated.
    const ids = await idsBeside(model).catch(() => null);
    return ids?.length === classes ? ids : null;
  }
  const ids = idsIn(await readNamedFile(file), file);
  if (ids?.length === classes) return ids;
  throw new ArgumentError(
    ids === null
      ? `Cannot use ${file} as it must have [id, name] of each class: it has names alone`
      : `Cannot use ${file} as it must have an id for each of the model's ${classes} classes: it has ${ids.length}`,
  );
}

async function idsBeside(model: string): Promise<readonly string[] | null> {
  const path = besideOf(model);
  const file = await openFile(path);
  const bytes = file && await readByteSource(file, file.size, MAX_JSON);
  return bytes ? idsIn(bytes, path) : null;
}

function idsIn(bytes: Uint8Array, path: string): readonly string[] | null {
  return parseClasses(parseJson(bytes, path), path).classIds ?? null;
}

function besideOf(model: string): string {
  return /\.\w+$/.test(model)
    ? model.replace(/[^/\\]*$/, "classes.json")
    : `${model}/classes.json`;
}
