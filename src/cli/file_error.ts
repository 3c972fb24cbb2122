/**
 * File system errors, reported as the action, the file and the reason.
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
  /** The file's path, as given. */
  readonly path: string;
  /** What is wrong, worded to follow the file's name. */
  readonly reason: string;

  /** An error about an action (`"read"`) on the file at `path`. */
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

/** The message for a file. A reason may name its own action: `"Cannot decode"`. */
function withPath(action: string, path: string, reason: string): string {
  const name = displayPath(path);
  return reason.startsWith("Cannot ")
    ? `${name}: ${reason}`
    : `Cannot ${action} ${name}: ${reason}`;
}

/** A path for messages. An empty path is shown as quotes, and `-` as standard input. */
export function displayPath(path: string): string {
  return path === "-" ? "standard input" : path || '""';
}

/** The message for a system error, with its action and file; `null` for other errors. */
export function explainSystemError(error: Error): string | null {
  if (!isSystemError(error)) return null;
  // Deno writes "...: stat 'a'", and Node "..., stat 'a'".
  const [, action = "", path] =
    error.message.match(/[:,] (?:(\w+) )?'(.*?)'(?: -> '.*')?$/s) ?? [];
  return path === undefined
    ? `Cannot go on: ${reasonOf(error)}`
    : `Cannot ${VERBS[action] ?? "use"} ${path}: ${reasonOf(error)}`;
}

/** Verbs for the names of system calls. */
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

/** The reason in a file error, as text. */
export function reasonOf(error: unknown): string {
  if (error instanceof FileError) return error.reason;
  if (!(error instanceof Error)) return `${error}`;
  return systemReason(error) ??
    (isSystemError(error)
      ? `the system refuses it (${error.message})`
      : error.message);
}

/** An error's message, with command options in place of library options. */
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

/** Removes the advice to pass in a compiled module, which only applies to programs. */
export function withoutHandingIn(text: string): string {
  return text
    .replace(
      /(\. In a bundle, |, or )hand in \S+, compiled, with \S+ \w+ \}\)/,
      "",
    )
    .replace(/; where WebAssembly isn't compiled .* with \S+ \w+ \}\)/, "");
}

/**
 * Runs an action on a file. Errors of the system and of the content then name the file.
 *
 * @throws {FileError} When the system refuses.
 * @throws {CorruptWeightsError} When the content is invalid.
 */
export async function withFile<T>(
  action: string,
  path: string,
  use: () => Promise<T>,
): Promise<T> {
  // Deno rejects an empty path with an error without a code, but only if it checks
  // permissions.
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
 * Runs an action on an open file. System errors then name the file.
 *
 * @throws {FileError} When the system refuses. A broken pipe is thrown unchanged.
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
