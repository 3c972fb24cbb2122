import { ArgumentError } from "../errors.ts";
import { openFile, readSource } from "../open_file.ts";
import { parseJson } from "../weights/json.ts";
import { readNamedFile } from "./named_file.ts";
import { parseClassIds } from "../weights/labels.ts";
import { MAX_JSON } from "../weights/limits.ts";

/** Finds the class that a name stands for. */
export interface ClassNames {
  /**
   * The class's index; `null` where no class has this name.
   *
   * @throws {ArgumentError} When several have it.
   */
  find(name: string): number | null;
  /** Whether classes are found by their ids too. */
  readonly hasIds: boolean;
}

/**
 * Finds classes by name or by id. Case, spaces, hyphens and underscores don't
 * matter, nor whether letters are composed (NFC) or not, as on macOS's disks.
 *
 * @param ids WordNet's, say, in the order of the labels.
 */
export function classNames(
  labels: readonly string[],
  ids: readonly string[] | null,
): ClassNames {
  const indices = new Map<string, number[]>();
  for (const names of ids === null ? [labels] : [labels, ids]) {
    for (const [index, name] of names.entries()) {
      const key = plain(name);
      const found = indices.get(key) ?? [];
      if (!found.includes(index)) indices.set(key, [...found, index]);
    }
  }
  return {
    hasIds: ids !== null,
    find(name) {
      const found = indices.get(plain(name)) ?? [];
      if (found.length <= 1) return found[0] ?? null;
      throw new ArgumentError(
        `Cannot tell which class "${name}" is: ${
          found.map((index) => `${index} is "${labels[index]}"`).join(", ")
        }`,
      );
    },
  };
}

/**
 * The ids of a model's classes: those of the file that is given, else of a
 * `classes.json` beside the model, if there is one that has ids.
 *
 * @param classes How many classes the model has.
 * @throws {ArgumentError} When the file that is given has no ids, or not as many.
 * @throws {FileError} When it can't be read.
 */
export async function findClassIds(
  file: string | undefined,
  model: string,
  classes: number,
): Promise<readonly string[] | null> {
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
  const bytes = file && await readSource(file, file.size, MAX_JSON);
  return bytes ? idsIn(bytes, path) : null;
}

function idsIn(bytes: Uint8Array, path: string): readonly string[] | null {
  return parseClassIds(parseJson(bytes, path), path);
}

function besideOf(model: string): string {
  return /\.\w+$/.test(model)
    ? model.replace(/[^/\\]*$/, "classes.json")
    : `${model}/classes.json`;
}

function plain(name: string): string {
  return name.normalize().toLowerCase().replace(/[\s_-]+/g, " ").trim();
}
