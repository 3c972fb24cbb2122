import { NotKeptError } from "../store/not_kept_error.ts";
import type { ImportedModel } from "./imported.ts";

/** A file of another tool, completely in memory. */
export interface ForeignFile {
  /** For errors: a path, an address, or `"the model"`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The network to choose among those in the file, if the options name one. */
  readonly stateDict?: string | undefined;
  /** Whether the options give class names, so that those in the file aren't needed. */
  readonly hasLabels?: boolean | undefined;
  /**
   * Reads another file next to this one, such as an ONNX model's weights; `undefined` if
   * there is none. Absent for a model that was passed as bytes. Throws a `NotKeptError` if
   * the file isn't cached and the server can't be reached.
   *
   * @param name Relative to this file's folder, and inside it.
   * @param limit Maximum size, in bytes.
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

/** Reads an optional file next to a model; `undefined` if there is none. */
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

/** Reads a file of one format: finds Inception-v3 in it without decoding the weights. */
export type ForeignReader = (
  file: ForeignFile,
) => ImportedModel | Promise<ImportedModel>;
