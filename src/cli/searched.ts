/**
 * What `totem search` is given with `--index`: files of indexes, or patterns of them.
 *
 * @module
 */
import { resolve } from "node:path";
import { isNotFound, kindAt } from "../io/open_file.ts";
import { ModelMismatchError } from "../errors.ts";
import type { createCodeMatrix } from "../search/code_matrix.ts";
import {
  assertSameModel,
  type FeatureModel,
  type Match,
} from "../search/mod.ts";
import { FileError, messageOf, withFile } from "./file_error.ts";
import { GLOB } from "./glob.ts";
import { findInputs } from "./image_files.ts";
import { modelFor, openIndex, pathOf } from "./index_file.ts";
import { system } from "./system.ts";

/** A similar image, by its path or address. */
export interface FoundFile extends Pick<Match, "similarity"> {
  readonly file: string;
}

/** An index that was opened. */
export interface Searched {
  /** As it was given. */
  readonly path: string;
  /** The model to search it with: `given`, or the one that it was made with. */
  modelFor(given: string | undefined): string;
  /**
   * The `top` images most similar to the one that has `features`.
   *
   * @throws {ModelMismatchError} When it has another model's features than `model`.
   */
  nearest(
    model: FeatureModel,
    features: Float32Array,
    top: number,
  ): Promise<readonly FoundFile[]>;
}

/**
 * The paths that are searched, in their order, each once: those that were given, and
 * for a pattern the files that it matches, by name.
 *
 * @throws {FileError} When there is nothing at one of them.
 */
export async function findSearched(
  given: readonly string[],
): Promise<readonly string[]> {
  const paths = new Map<string, string>();
  for (const path of given) {
    const isPattern = GLOB.test(path) && await kindOf(path) === undefined;
    for (const file of isPattern ? await filesMatching(path) : [path]) {
      const kind = await kindOf(file);
      if (kind !== "file") throw notAnIndex(file, kind);
      const whole = resolve(file);
      if (!paths.has(whole)) paths.set(whole, file);
    }
  }
  return [...paths.values()];
}

/**
 * Opens the index at `path`.
 *
 * @param matrixOf Gives its memory: in that of one that isn't used any more.
 */
export async function openSearched(
  path: string,
  matrixOf: typeof createCodeMatrix,
): Promise<Searched> {
  const index = await openIndex(path, matrixOf);
  if (index === undefined) throw notAnIndex(path, undefined);
  return {
    path,
    modelFor: (given) => modelFor(path, index, given),
    async nearest(model, features, top) {
      try {
        await assertSameModel(index, model);
      } catch (error) {
        if (!(error instanceof ModelMismatchError)) throw error;
        throw new FileError("search", path, messageOf(error), { cause: error });
      }
      return index.nearest(features, top).map(({ name, similarity }) => ({
        file: pathOf(path, index, name),
        similarity,
      }));
    },
  };
}

/** @throws {FileError} When no file matches. */
async function filesMatching(pattern: string): Promise<readonly string[]> {
  const { files, problems: [problem] } = await findInputs([pattern]);
  if (problem === undefined) return files;
  throw new FileError("search", problem.path, problem.reason);
}

async function kindOf(path: string) {
  return await withFile("read", path, async () => {
    try {
      return (await system.stat(path)).isFile ? "file" : await kindAt(path);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  });
}

/** Says what is at `path` in the place of an index. */
function notAnIndex(path: string, kind: string | undefined): FileError {
  return new FileError(
    "search",
    path,
    kind === undefined
      ? "there is no such file: totem index makes it"
      : kind === "folder"
      ? "it is a folder: totem index makes a file of one"
      : `it is a ${kind}: the index must be a file`,
  );
}
