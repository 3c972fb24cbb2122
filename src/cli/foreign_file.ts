import { pathToFileURL } from "node:url";
import { CorruptWeightsError } from "../errors.ts";
import { foreignModelAt } from "../weights/foreign_model.ts";
import { FileError } from "./file_error.ts";

/**
 * What to say of a file that can't be read as what it should be: what it is instead,
 * where its first bytes or its name tell, else `error`.
 *
 * @param action What was to be done with it, as an error has it: `"verify"`.
 * @param wanted What it should be: `"an index"`.
 */
export async function foreignFileError(
  error: unknown,
  action: string,
  path: string,
  wanted: string,
): Promise<unknown> {
  if (!(error instanceof CorruptWeightsError)) return error;
  const what = await foreignModelAt(pathToFileURL(path));
  // What begins as it should is damaged, whatever its name is.
  if (what === undefined || what.startsWith("a safetensors file")) return error;
  const reason = what.startsWith("not a model")
    ? `not ${wanted}`
    : what.replace("not a model", `not ${wanted}`);
  return new FileError(action, path, `it is ${reason}`, { cause: error });
}
