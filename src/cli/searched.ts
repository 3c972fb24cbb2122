/**
 * The arguments of `totem search --index`: files of indexes, patterns of them, or batch
 * runs.
 *
 * @module
 */
import { resolve } from "node:path";
import { isNotFound, kindAt } from "../io/open_file.ts";
import type { Classifier } from "../classifier.ts";
import { ModelMismatchError } from "../errors.ts";
import { isS3Address } from "../batch/s3/s3_address.ts";
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
import { loadModel, type ModelValues } from "./model_options.ts";
import { system } from "./system.ts";
import type { Terminal } from "./terminal.ts";

/** A similar image, by its path or address. */
export interface FoundFile extends Pick<Match, "similarity"> {
  readonly file: string;
}

/** The options of a model whose name may be missing. */
export type SearchModelValues = Omit<ModelValues, "model"> & {
  readonly model: string | undefined;
};

/** An opened index or batch run. */
export interface Searched {
  /**
   * Loads the model for the search: the given one, or the one of the index or run.
   *
   * @throws {UsageError} When options contradict the run's model.
   */
  loadModel(io: Terminal, values: SearchModelValues): Promise<Classifier>;
  /**
   * The `top` images most similar to the one that has `features`.
   *
   * @throws {FileError} When its features are of another model than `model`.
   */
  nearest(
    model: FeatureModel,
    features: Float32Array,
    top: number,
  ): Promise<readonly FoundFile[]>;
}

/**
 * The paths to search, in order and without repetition: the given ones, and for a pattern
 * the files that match, by name.
 *
 * @throws {FileError} When a path doesn't exist.
 */
export async function findSearched(
  given: readonly string[],
): Promise<readonly string[]> {
  const paths = new Map<string, string>();
  for (const path of given) {
    const isPattern = GLOB.test(path) && await kindOf(path) === undefined;
    for (const found of isPattern ? await filesMatching(path) : [path]) {
      const kind = await kindOf(found);
      if (kind !== "file" && kind !== "folder" && kind !== "address") {
        throw notSearchable(found, kind);
      }
      const whole = kind === "address" ? found : resolve(found);
      if (!paths.has(whole)) paths.set(whole, found);
    }
  }
  return [...paths.values()];
}

/**
 * Opens the index or the batch run at `path`.
 *
 * @param matrixOf Allocates its memory, which may be reused from an earlier index.
 */
export async function openSearched(
  io: Terminal,
  path: string,
  matrixOf: typeof createCodeMatrix,
): Promise<Searched> {
  const kind = await kindOf(path);
  if (kind === "folder" || kind === "address") {
    // Rarely used, and it imports many modules, which Deno would otherwise load at
    // startup.
    const { openSearchedRun } = await import(
      typeof Deno !== "undefined" ? "./searched_run.ts" : "./searched_run.ts"
    );
    return await openSearchedRun(io, path, matrixOf);
  }
  const index = await openIndex(path, matrixOf);
  if (index === undefined) throw notSearchable(path, undefined);
  return {
    loadModel(io, values) {
      const model = modelFor(path, index, values.model);
      return loadModel(io, { ...values, model }, 1).model;
    },
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
  if (isS3Address(path)) return "address";
  return await withFile("read", path, async () => {
    try {
      return (await system.stat(path)).isFile ? "file" : await kindAt(path);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  });
}

/** The error for a path without an index. */
function notSearchable(path: string, kind: string | undefined): FileError {
  return new FileError(
    "search",
    path,
    kind === undefined
      ? "there is no such file: totem index makes it"
      : `it is a ${kind}: an index must be a file`,
  );
}
