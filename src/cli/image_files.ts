import { ArgumentError } from "../errors.ts";
import { openFile, readByteSource } from "../io/open_file.ts";
import { readStream } from "../io/read_stream.ts";
import { displayPath, FileError, reasonOf, withFile } from "./file_error.ts";
import { type PassedOver, passedOver } from "../io/passed_over.ts";
import { pathIn, withSlashes } from "../io/paths.ts";
import type { Visitor } from "../io/walk_folder.ts";
import {
  type FileFacts,
  type FolderEntry,
  isDenied,
  type Streams,
  system,
} from "./system.ts";

/** The name of standard input. */
export const STDIN = "-";

/** The maximum size of a file, in bytes. A larger file isn't a photo. */
const MAX_FILE_BYTES = 2 ** 28;

/** The reason when a readable folder has no image. */
export const NO_IMAGE = "no image in this folder";

/** A file or a problem found for an argument. */
export type Input = InputFile | InputProblem;

/** A file, or `"-"`. */
export interface InputFile {
  readonly file: string;
  /** Why it can't be opened, if known. */
  readonly fault?: string;
}

/** A path without an image, and the reason. */
export interface InputProblem {
  readonly path: string;
  readonly reason: string;
}

/** Everything found for some arguments. */
export interface Inputs {
  /** Files in the order of the arguments, sorted by name within each; or `"-"`. */
  readonly files: readonly string[];
  /** The arguments without any file, and the folders that can't be read. */
  readonly problems: readonly InputProblem[];
  /** Other files in the folders. */
  readonly passedOver: PassedOver;
}

/**
 * Yields the images of `args` as they are found, in the order of the arguments. A folder
 * stands for all images in it and its subfolders, except hidden ones, sorted by name
 * within each folder. A glob stands for the files it matches. A file is yielded whatever
 * its name. Arguments without any file, and folders that can't be read, are yielded as
 * problems.
 *
 * @param seen Collects the other files in folders.
 */
export async function* walkInputs(
  args: readonly string[],
  seen: PassedOver = passedOver(),
): AsyncGenerator<Input, void, void> {
  for (const argument of args) {
    const kind = argument === STDIN ? "file" : await kindOf(argument);
    let isEmpty = true;
    for await (const input of inputsOf(argument, kind, seen)) {
      isEmpty = false;
      yield input;
    }
    if (!isEmpty) continue;
    const { GLOB } = await import("./glob.ts");
    const reason = kind === "folder"
      ? NO_IMAGE
      : typeof kind === "object" && !GLOB.test(argument)
      ? reasonOf(kind.fault)
      : /[*?]/.test(argument)
      ? "no file matches this pattern"
      // Many names contain brackets.
      : "there is no such file, nor one that it matches as a pattern";
    yield { path: argument, reason: reasonFor(argument) ?? reason };
  }
}

/** Collects all images of `args`: see {@linkcode walkInputs}. */
export async function findInputs(
  args: readonly string[],
  seen: PassedOver = passedOver(),
): Promise<Inputs> {
  const files: string[] = [];
  const problems: InputProblem[] = [];
  for await (const input of walkInputs(args, seen)) {
    if ("file" in input) files.push(input.file);
    else problems.push(input);
  }
  return { files, problems, passedOver: seen };
}

/** The direct entries of a folder, sorted by name. */
export async function listFolder(
  folder: string,
): Promise<readonly FolderEntry[]> {
  return await withFile("read", folder, async () => {
    const { isDirectory } = await system.stat(folder);
    if (!isDirectory) throw new FileError("read", folder, "it is not a folder");
    const entries: FolderEntry[] = [];
    for await (const entry of system.readDir(folder)) entries.push(entry);
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  });
}

/** @throws {ArgumentError} When nothing was found for `path`. */
export function assertFiles(
  path: string,
  { files, problems, passedOver }: Inputs,
): void {
  const [problem] = problems;
  if (files.length > 0 || problem === undefined) return;
  const found = problem.path === path
    ? problem.reason
    : `${problem.reason}: ${displayPath(problem.path)}`;
  const others = passedOver.describe();
  throw new ArgumentError(
    `Cannot use ${path || '""'}: ${found}${
      others === null ? "" : `; ${others}`
    }`,
  );
}

/** The bytes of a file or of standard input. */
export async function readBytes(
  file: string,
  streams: Pick<Streams, "stdin">,
): Promise<Uint8Array> {
  const bytes = await withFile("read", file, () => readLimited(file, streams));
  if (bytes !== null) return bytes;
  throw new ArgumentError(
    `Cannot read ${file} as an image as it must have <= ${MAX_FILE_BYTES} bytes: it has more`,
  );
}

async function readLimited(
  file: string,
  { stdin }: Pick<Streams, "stdin">,
): Promise<Uint8Array | null> {
  if (file === STDIN) {
    return await readStream(stdin.readable, MAX_FILE_BYTES);
  }
  const what = await statOf(file);
  if (what.isDirectory) throw new FileError("read", file, "it is a folder");
  // Stat before opening: opening and closing a pipe would disturb its writer.
  const opened = what.isFile ? await openFile(file) : undefined;
  return opened
    ? await readByteSource(opened, opened.size, MAX_FILE_BYTES)
    : await readStream((await system.open(file)).readable, MAX_FILE_BYTES);
}

async function statOf(file: string): Promise<FileFacts> {
  try {
    return await system.stat(file);
  } catch (error) {
    const reason = reasonFor(file);
    if (reason === null || isDenied(error)) throw error;
    throw new FileError("read", file, reason, { cause: error });
  }
}

/** The reason why no file can have this name; `null` if one could. */
function reasonFor(argument: string): string | null {
  // A shell passes an empty argument for an unset variable.
  if (argument === "") return "a path must not be empty";
  // Names that aren't UTF-8 are decoded with this character, and can't be opened.
  if (argument.includes("\ufffd")) {
    return "there is no such file, or its name isn't UTF-8: rename it";
  }
  return /^[a-z][a-z\d+.-]+:\/\//i.test(argument)
    ? "addresses aren't read: download the image first"
    : null;
}

/** The inputs of one argument. */
async function* inputsOf(
  argument: string,
  kind: Awaited<ReturnType<typeof kindOf>>,
  seen: PassedOver,
): AsyncGenerator<Input, void, void> {
  if (kind === "file" || kind === "other") yield { file: argument };
  else if (kind === "folder") {
    const { walkImages } = await import("../image/walk_images.ts");
    const seenIn = {
      ...seen,
      addLink: (path: string) => seen.addLink(pathIn(argument, path)),
    };
    yield* inputsIn(argument, (it) => walkImages(argument, seenIn, it));
  } else {
    const { parseGlob } = await import("./glob.ts");
    const glob = parseGlob(slashed(argument));
    if (glob === null || await kindOf(glob.folder) !== "folder") return;
    const { folder } = glob;
    const { walkFolder } = await import("../io/walk_folder.ts");
    const all = inputsIn(
      folder,
      (it) => walkFolder(folder, { onUnreadable: it }),
    );
    for await (const input of all) {
      if (!("file" in input) || glob.matches(input.file)) yield input;
    }
  }
}

/** The files found by a walk through a folder, and the folders that can't be read. */
async function* inputsIn(
  folder: string,
  walk: (onUnreadable: Visitor["onUnreadable"]) => AsyncIterable<string>,
): AsyncGenerator<Input, void, void> {
  const problems: InputProblem[] = [];
  const files = walk((path, error) => {
    const whole = path === "" ? folder : pathIn(folder, path);
    problems.push({ path: whole, reason: reasonOf(error) });
  });
  for await (const file of files) {
    yield* problems.splice(0); // Found before this file.
    yield { file: pathIn(folder, file) };
  }
  yield* problems;
}

async function kindOf(
  path: string,
): Promise<"file" | "folder" | "other" | { readonly fault: unknown }> {
  try {
    const { isFile, isDirectory } = await system.stat(path);
    return isFile ? "file" : isDirectory ? "folder" : "other";
  } catch (fault) {
    if (isDenied(fault)) throw fault;
    return { fault };
  }
}

/** Globs use slashes, also on Windows. `"$FOLDER/*"` has two if the folder is `photos/`. */
function slashed(path: string): string {
  return withSlashes(path).replace(/(?<!^)\/+/g, "/");
}
