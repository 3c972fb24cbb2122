import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isAddress } from "../io/address.ts";
import { findKnownModel } from "../weights/known_models.ts";
import { FileError } from "./file_error.ts";
import { findInputs, STDIN } from "./image_files.ts";
import { pathIn } from "../io/paths.ts";
import { system } from "./system.ts";

/** Files other than images that are read from folders. */
const READ_IN_FOLDERS = ["labels.tsv", "classes.json", "model.json"];

/**
 * @param path The path of an output.
 * @param inputs Files, folders, globs, names and addresses of models.
 * @throws {FileError} When the output is one of the inputs, also through a link or as a
 * photo in a folder.
 */
export async function assertNotInput(
  path: string,
  inputs: readonly (string | undefined)[],
): Promise<void> {
  const named = inputs.map(pathOf).filter((it) => it !== null);
  const place = await realPathOf(path);
  if (place === null) {
    // If the path doesn't exist yet, it can only be equal to another output.
    if (named.some((it) => resolve(it) === resolve(path))) throw isInput(path);
    return;
  }
  const { files } = await findInputs(named);
  const inFolders = named.flatMap((folder) =>
    READ_IN_FOLDERS.map((name) => pathIn(folder, name))
  );
  const used = [place];
  // The weights of a TFJS model are beside its model.json.
  if (/\.bin$/i.test(place)) used.push(join(dirname(place), "model.json"));
  for (const it of [...named, ...files, ...inFolders]) {
    const input = await realPathOf(it);
    if (input !== null && used.includes(input)) throw isInput(path);
  }
}

function isInput(path: string): FileError {
  return new FileError(
    "write",
    path,
    "the same command uses this file otherwise: name another one",
  );
}

/** The path of a file, folder or glob; `null` if it isn't on this machine. */
function pathOf(input: string | undefined): string | null {
  const isNone = input === undefined || input === STDIN ||
    findKnownModel(input) !== undefined;
  if (isNone) return null;
  if (!isAddress(input)) return input;
  try {
    return fileURLToPath(input);
  } catch {
    return null; // Remote, or malformed, which reading it will report.
  }
}

async function realPathOf(path: string): Promise<string | null> {
  try {
    return await system.realPath(path);
  } catch {
    return null;
  }
}
