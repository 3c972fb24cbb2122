/**
 * The images that a command is given: files, folders, globs, standard input.
 *
 * @module
 */
import { openFile, readSource } from "../open_file.ts";
import { readStream } from "../read_stream.ts";

/** The name that stands for standard input. */
export const STDIN = "-";

/** A file of more bytes isn't a photo. */
const MAX_FILE_BYTES = 2 ** 28;

/** What the images in a folder are told by. */
export const IMAGE_NAME = /\.(jpe?g|png|webp)$/i;

/** What the arguments stand for. */
export interface Inputs {
  /** Files in the order of the arguments, by name within each; or `"-"`. */
  readonly files: readonly string[];
  /** The arguments that stand for nothing, and why. */
  readonly problems: readonly {
    readonly argument: string;
    readonly reason: string;
  }[];
}

/**
 * Finds the images that `args` stand for. A folder stands for all JPEG, PNG and
 * WebP files in it and below, a glob for the files that it matches. A file that
 * is named is taken whatever its name.
 */
export async function findInputs(args: readonly string[]): Promise<Inputs> {
  const files: string[] = [];
  const problems: { argument: string; reason: string }[] = [];
  for (const argument of args) {
    const before = files.length;
    const kind = argument === STDIN ? "stream" : await kindOf(argument);
    if (kind === "folder") {
      for await (const file of walk(argument)) {
        if (IMAGE_NAME.test(file)) files.push(file);
      }
    } else if (kind !== "absent") {
      files.push(argument);
    } else {
      for await (const file of expand(slashed(argument))) files.push(file);
    }
    if (files.length > before) continue;
    const reason = kind === "folder"
      ? "no JPEG, PNG or WebP file in this folder"
      : "no such file or folder";
    problems.push({ argument, reason });
  }
  return { files, problems };
}

/** The bytes of a file or of standard input. */
export async function readBytes(file: string): Promise<Uint8Array> {
  // Not by opening it: a pipe's writer notices when it is closed again.
  const isFile = file !== STDIN && (await Deno.stat(file)).isFile;
  const opened = isFile ? await openFile(file) : undefined;
  const bytes = opened
    ? await readSource(opened, opened.size, MAX_FILE_BYTES)
    : await readStream(await openStream(file), MAX_FILE_BYTES);
  if (bytes !== null) return bytes;
  throw new RangeError(
    `Cannot read it as an image as it must have <= ${MAX_FILE_BYTES} bytes: it has more`,
  );
}

/** Standard input, or what has a name and isn't a file, such as a pipe. */
async function openStream(file: string): Promise<ReadableStream<Uint8Array>> {
  return (file === STDIN ? Deno.stdin : await Deno.open(file)).readable;
}

/** The files that a glob matches, in the folder before its first wildcard. */
async function* expand(pattern: string): AsyncGenerator<string> {
  // Few need it, and it takes a fifth of the time to an answer.
  const { default: picomatch } = await import("picomatch");
  const { base, glob } = picomatch.scan(pattern);
  const folder = base || ".";
  if (glob === "" || await kindOf(folder) !== "folder") return;
  const matches = picomatch(pattern);
  for await (const file of walk(folder)) if (matches(file)) yield file;
}

/** The files in a folder and below, by name. Links to folders aren't followed. */
async function* walk(folder: string): AsyncGenerator<string> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory, isSymlink } of entries) {
    const path = folder === "."
      ? name
      : `${folder.replace(/[/\\]$/, "")}/${name}`;
    if (isDirectory) yield* walk(path);
    else if (!isSymlink || await kindOf(path) === "file") yield path;
  }
}

async function kindOf(path: string): Promise<"file" | "folder" | "absent"> {
  try {
    return (await Deno.stat(path)).isDirectory ? "folder" : "file";
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return "absent";
  }
}

/** Globs have slashes, also on Windows; `"$FOLDER/*"` of `photos/` has two. */
function slashed(path: string): string {
  const glob = Deno.build.os === "windows" ? path.replaceAll("\\", "/") : path;
  return glob.replace(/(?<!^)\/+/g, "/");
}
