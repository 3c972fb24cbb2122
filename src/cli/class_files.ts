import { readNamedFile } from "./named_file.ts";
import { parseJson } from "../weights/parse_json.ts";
import { type FoundClasses, parseClasses } from "../weights/labels.ts";
import { ArgumentError } from "../errors.ts";
import { openFile, readByteSource } from "../io/open_file.ts";
import { MAX_JSON } from "../weights/limits.ts";

/**
 * Classes' names from a file: JSON, or one name a line.
 *
 * @throws {CorruptWeightsError} When it is JSON of another kind.
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
 * The ids of a model's classes: those of the file that is given, else the model's own,
 * else of a `classes.json` beside the model, if there is one that has ids.
 *
 * @param classes How many classes the model has.
 * @throws {ArgumentError} When the file that is given has no ids, or not as many.
 */
export async function findClassIds(
  file: string | undefined,
  model: string,
  classes: number,
  own: readonly string[] | undefined,
): Promise<readonly string[] | null> {
  if (file === undefined && own !== undefined) return own;
  if (file === undefined) {
    // Nobody named it, so it may be anything.
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
