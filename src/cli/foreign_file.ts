import { pathToFileURL } from "node:url";
import { CorruptWeightsError } from "../errors.ts";
import { findFormat } from "../weights/foreign/formats.ts";
import { startOf, unreadableModelAt } from "../weights/foreign/unreadable.ts";
import { OtherFileError } from "../weights/other_file.ts";
import { isSafetensors } from "../weights/safetensors/header.ts";
import { isZip } from "../weights/zip.ts";
import { FileError } from "./file_error.ts";

/**
 * An error that says what a file really is, judged by its first bytes or name; `error` if
 * unknown.
 *
 * @param action What was to be done with it: `"verify"`.
 * @param wanted The expected kind: `"an index"`.
 * @param advice What to do with a model of another tool.
 */
export async function foreignFileError(
  error: unknown,
  action: string,
  path: string,
  wanted: string,
  advice: string,
): Promise<unknown> {
  if (!(error instanceof CorruptWeightsError)) return error;
  const url = pathToFileURL(path);
  const start = await startOf(url) ?? new Uint8Array();
  const asError = (reason: string) =>
    new FileError(action, path, `it is ${reason}`, { cause: error });
  if (error instanceof OtherFileError) {
    return asError(`another tool's safetensors file, not ${wanted}: ${advice}`);
  }
  // A file with the right first bytes is damaged, whatever its name.
  if (isSafetensors(start)) return error;
  const format = findFormat(start);
  if (format === undefined) {
    const what = await unreadableModelAt(url);
    if (what === undefined) return error;
    return asError(
      what.startsWith("not a model")
        ? `not ${wanted}`
        : what.replace("not a model", `not ${wanted}`),
    );
  }
  // For these, the first bytes don't identify a model format.
  const plain = isZip(start) && /\.zip$/i.test(path)
    ? "a ZIP archive"
    : /\.json\b/.test(format.what) && !/model\.json$/i.test(path)
    ? "JSON"
    : undefined;
  return asError(
    plain === undefined
      ? `${format.what}, not ${wanted}: ${advice}`
      : `${plain}, not ${wanted}`,
  );
}
