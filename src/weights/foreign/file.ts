import { NotKeptError } from "../store/not_kept_error.ts";
import type { ImportedModel } from "./imported.ts";

/** A file of another tool, whole in memory. */
export interface ForeignFile {
  /** For errors: a path, an address, or `"the model"`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Which of the networks in it is meant, if that is asked for. */
  readonly stateDict?: string | undefined;
  /** Whether the classes' names are given, so that nobody needs those in the file. */
  readonly hasLabels?: boolean | undefined;
  /**
   * Reads a file beside it, such as an ONNX model's weights: `undefined` if there is none.
   * Absent for a model that came as bytes, which has nothing beside it. A `NotKeptError`
   * says that the server can't be asked for it.
   *
   * @param name Relative to the file, below its folder.
   * @param limit The most bytes that it may have.
   * @param onBytes Called with the number of bytes since the last call.
   */
  readonly sibling?:
    | ((
      name: string,
      limit: number,
      onBytes?: (count: number) => void,
    ) => Promise<Uint8Array | undefined>)
    | undefined;
}

/** Reads a file beside a model that can do without it; `undefined` if there is none. */
export async function readOptional(
  sibling: ForeignFile["sibling"],
  name: string,
  limit: number,
): Promise<Uint8Array | undefined> {
  try {
    return await sibling?.(name, limit);
  } catch (error) {
    if (error instanceof NotKeptError) return undefined;
    throw error;
  }
}

/** Reads a file of one format: finds Inception-v3 in it, and leaves the values where they are. */
export type ForeignReader = (
  file: ForeignFile,
) => ImportedModel | Promise<ImportedModel>;
