/**
 * Faults of the file system, told as what can't be done with which file and why.
 *
 * @module
 */
import {
  CorruptWeightsError,
  DecoderUnavailableError,
  ImageTooLargeError,
  ModelMismatchError,
  TotemError,
} from "../errors.ts";
import { systemReason } from "../io/system_reason.ts";
import { truncatedAdvice } from "../weights/truncated.ts";
import { isBrokenPipe, isDenied, system } from "./system.ts";

/** A file or folder that can't be read or written. */
export class FileError extends TotemError {
  /** The class's name. */
  override readonly name = "FileError";
  /** The cause, stable across versions. */
  readonly code = "file";
  /** The file's path, as it was given. */
  readonly path: string;
  /** What is wrong with it, to be said after its name. */
  readonly reason: string;

  /** An error about what was to be done (`"read"`) with the file at `path`. */
  constructor(
    action: string,
    path: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(withPath(action, path, reason), options);
    this.path = path;
    this.reason = reason;
  }
}

/** What is wrong with a file. A reason may say itself what can't be done: `"Cannot decode"`. */
function withPath(action: string, path: string, reason: string): string {
  const name = displayPath(path);
  return reason.startsWith("Cannot ")
    ? `${name}: ${reason}`
    : `Cannot ${action} ${name}: ${reason}`;
}

/** A path in a message: an empty one can be seen, and `-` is standard input. */
export function displayPath(path: string): string {
  return path === "-" ? "standard input" : path || '""';
}

/** The message of an error of the system, with the action and file that it names. */
export function explainSystemError(error: Error): string | null {
  if (!isSystemError(error)) return null;
  // Deno writes "...: stat 'a'", and Node "..., stat 'a'".
  const [, action = "", path] =
    error.message.match(/[:,] (?:(\w+) )?'(.*?)'(?: -> '.*')?$/s) ?? [];
  return path === undefined
    ? `Cannot go on: ${reasonOf(error)}`
    : `Cannot ${VERBS[action] ?? "use"} ${path}: ${reasonOf(error)}`;
}

/** Words for what the system was asked to do. */
const VERBS: Readonly<Record<string, string>> = {
  ...wordsFor("read", ["stat", "lstat", "readfile", "readdir", "scandir"]),
  ...wordsFor("open", ["open"]),
  ...wordsFor("write", ["writefile", "write", "ftruncate", "truncate"]),
  ...wordsFor("make the folder", ["mkdir"]),
  ...wordsFor("rename", ["rename"]),
  ...wordsFor("delete", ["remove", "unlink", "rmdir", "rm"]),
};

function wordsFor(
  word: string,
  actions: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(actions.map((it) => [it, word]));
}

/** What the system says of a file, in words. */
export function reasonOf(error: unknown): string {
  if (error instanceof FileError) return error.reason;
  if (!(error instanceof Error)) return `${error}`;
  return systemReason(error) ??
    (isSystemError(error)
      ? `the system refuses it (${error.message})`
      : error.message);
}

/** What is wrong, with the command's option in the place of the library's. */
export function messageOf(error: Error): string {
  const isOfIndex = error instanceof ModelMismatchError &&
    error.message.startsWith("Cannot use this model with the index");
  if (isOfIndex) {
    return `${error.message}. Give the same --model, --variant, --scale, --mean, --std, --crop, --resize and --pooling as when it was indexed`;
  }
  if (error instanceof DecoderUnavailableError) {
    return withoutHandingIn(error.message);
  }
  if (/^Cannot decode the JPEG as it is truncated/.test(error.message)) {
    return `${error.message}. To decode it all the same, give --allow-truncated`;
  }
  return error instanceof ImageTooLargeError
    ? error.message
      .replace(/raise maxPixels$/, "raise --max-pixels")
      .replace(/raise maxMemory$/, "raise --max-memory")
    : error.message;
}

/** A text without the advice to hand in a module, which only a program can do. */
export function withoutHandingIn(text: string): string {
  return text
    .replace(
      /(\. In a bundle, |, or )hand in \S+, compiled, with \S+ \w+ \}\)/,
      "",
    )
    .replace(/; where WebAssembly isn't compiled .* with \S+ \w+ \}\)/, "");
}

/**
 * Does something with a file, and names it in errors of the system and of content.
 *
 * @throws {FileError} When the system refuses.
 * @throws {CorruptWeightsError} When what is in it isn't what it should be.
 */
export async function withFile<T>(
  action: string,
  path: string,
  use: () => Promise<T>,
): Promise<T> {
  // Deno refuses it by an error without a code, but only where it asks permission.
  if (path === "") {
    throw new FileError(action, path, "a path must not be empty");
  }
  try {
    return await use();
  } catch (error) {
    if (isSystemError(error)) {
      throw new FileError(action, path, reasonOf(error), { cause: error });
    }
    const isUnnamed = error instanceof CorruptWeightsError &&
      !error.message.includes(path);
    if (!isUnnamed) throw error;
    throw new CorruptWeightsError(
      withPath(action, path, `${error.message}${truncatedAdvice(error)}`),
      { cause: error },
    );
  }
}

/**
 * Does something with an open file, and names it in errors of the system.
 *
 * @throws {FileError} When the system refuses; its own error where nobody reads any more.
 */
export function withOpenFile<T>(
  action: string,
  path: string,
  use: () => T,
): T {
  try {
    return use();
  } catch (error) {
    if (!isSystemError(error) || isBrokenPipe(error)) throw error;
    throw new FileError(action, path, reasonOf(error), { cause: error });
  }
}

function isSystemError(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof TotemError) return false;
  if (isDenied(error)) return false;
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && /^E[A-Z\d]+$/.test(code) ||
    Object.values(system.errors).some((type) => error instanceof type);
}
