/**
 * Faults of the file system, told as what can't be done with which file and why.
 *
 * @module
 */
import { TotemError } from "../errors.ts";

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
    super(`Cannot ${action} ${path}: ${reason}`, options);
    this.path = path;
    this.reason = reason;
  }
}

/** The system's errors, by their code, as they are said after a file's name. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EEXIST: "a part of its path is not a folder",
  ENOTDIR: "a part of its path is not a folder",
  EISDIR: "it is a folder",
  EACCES: "its permissions don't allow it",
  EPERM: "its permissions don't allow it",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its links lead in a circle",
  EMFILE: "too many files are open",
  EIO: "the disk reports a fault",
};

/** What the system says of a file, in words. */
export function reasonOf(error: unknown): string {
  if (error instanceof FileError) return error.reason;
  if (!(error instanceof Error)) return `${error}`;
  const { code } = error as { readonly code?: unknown };
  return REASONS[`${code}`] ?? error.message;
}

/**
 * Does something with a file, and tells a fault of the file system by its name.
 *
 * @throws {FileError} When the system refuses. A permission that Deno wasn't given
 * and errors of other kinds are passed on.
 */
export async function withFile<T>(
  action: string,
  path: string,
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new FileError(action, path, reasonOf(error), { cause: error });
  }
}

function isSystemError(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof TotemError) return false;
  if (error instanceof Deno.errors.NotCapable) return false;
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && /^E[A-Z\d]+$/.test(code) ||
    Object.values(Deno.errors).some((type) => error instanceof type);
}
