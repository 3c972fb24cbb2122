import { dirname, isAbsolute, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MemoryLimitError } from "../errors.ts";
import { withFile } from "./file_error.ts";
import { foreignFileError } from "./foreign_file.ts";
import { openFile } from "../io/open_file.ts";
import { createCodeMatrix } from "../search/code_matrix.ts";
import { readIndexInto } from "../search/index_file.ts";
import type { SearchIndex } from "../search/mod.ts";
import { MODEL_OPTIONS } from "./model_options.ts";
import { UsageError } from "./options.ts";
import { withSlashes } from "../io/paths.ts";

/**
 * Opens an index file; `undefined` if there is none.
 *
 * @param matrixOf Allocates the memory for the index.
 */
export async function openIndex(
  path: string,
  matrixOf = createCodeMatrix,
): Promise<SearchIndex | undefined> {
  return await withFile("read", path, async () => {
    const file = await openFile(path);
    try {
      return file && await readIndexInto(matrixOf, file, { size: file.size });
    } catch (error) {
      if (error instanceof MemoryLimitError) {
        throw new MemoryLimitError(`Cannot read ${path}: ${error.message}`, {
          cause: error,
        });
      }
      throw await foreignFileError(
        error,
        "read",
        path,
        "an index",
        "totem index makes one of a folder of images; a model is given as --model",
      );
    }
  });
}

/**
 * The model to use with the index at `path`: the given one, or the default. Checked
 * first, so that the default isn't downloaded for an index of another model.
 *
 * @throws {UsageError} When the index is of another model, and none was given.
 */
export function modelFor(
  path: string,
  index: SearchIndex | undefined,
  given: string | undefined,
): string {
  const name = given ?? MODEL_OPTIONS.model.absent;
  const indexed = index?.model.name ?? name;
  if (given !== undefined || indexed === name) return name;
  throw new UsageError(
    `Cannot use ${path} with the model "${name}" as it is an index of "${indexed}": give --model ${indexed}`,
  );
}

/**
 * The folder's path relative to the index at `path`, so that both can be moved together.
 */
export function rootFrom(path: string, folder: string): string {
  return withSlashes(relative(dirname(resolve(path)), resolve(folder))) || ".";
}

/** The path of an image in the index at `path`. */
export function pathOf(
  path: string,
  { root }: Pick<SearchIndex, "root">,
  name: string,
): string {
  const file = resolve(dirname(resolve(path)), root, name);
  const fromHere = relative(".", file);
  return fromHere.startsWith("..") ? file : fromHere;
}

/** Whether an image of a batch run is at a web or bucket address, not a path. */
export function isWebAddress(file: string): boolean {
  return /^(https?|s3):\/\//i.test(file);
}

/** The URL of `file`, a path or an address, relative to a page at `page`. */
export function addressFrom(page: string, file: string): string {
  if (isWebAddress(file)) return file;
  const path = relative(dirname(resolve(page)), resolve(file));
  return isAbsolute(path) // On another drive.
    ? pathToFileURL(path).href
    : withSlashes(path).split("/").map(encodeURIComponent).join("/");
}
