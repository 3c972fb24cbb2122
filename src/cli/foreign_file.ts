import { pathToFileURL } from "node:url";
import { CorruptWeightsError } from "../errors.ts";
import { unreadableModelAt } from "../weights/foreign/unreadable.ts";
import { FileError } from "./file_error.ts";

/**
 * An error that says what a file is instead, by its first bytes or name, else `error`.
 *
 * @param action What was to be done with it: `"verify"`.
 * @param wanted What it should be: `"an index"`.
 */
export async function foreignFileError(
  error: unknown,
  action: string,
  path: string,
  wanted: string,
): Promise<unknown> {
  if (!(error instanceof CorruptWeightsError)) return error;
  const what = await unreadableModelAt(pathToFileURL(path));
  // What begins as it should is damaged, whatever its name is.
  if (what === undefined || what.startsWith("a safetensors file")) return error;
  const reason = what.startsWith("not a model")
    ? `not ${wanted}`
    : what.replace("not a model", `not ${wanted}`);
  return new FileError(action, path, `it is ${reason}`, { cause: error });
}
