/**
 * Opens files named by an option or argument. Only regular files are opened: reading a
 * pipe might block forever, and a device might never end.
 *
 * @module
 */
import {
  kindAt,
  type OpenFile,
  openFile,
  readByteSource,
} from "../io/open_file.ts";
import { MAX_JSON } from "../weights/limits.ts";
import { FileError, withFile } from "./file_error.ts";
import { type FileFacts, system } from "./system.ts";

/**
 * @param action What to do with the file: `"read"`.
 * @throws {FileError} When it doesn't exist, or is a folder, a pipe or a device.
 */
export async function openNamedFile(
  action: string,
  path: string,
): Promise<OpenFile> {
  return await withFile(action, path, async () => {
    const file = await openFile(path);
    if (file !== undefined) return file;
    const kind = await kindAt(path);
    const reason = kind ? `it is a ${kind}` : "there is no such file or folder";
    throw new FileError(action, path, reason);
  });
}

/**
 * Reads a file.
 *
 * @throws {FileError} When it can't be read, isn't a file or has more than `limit` bytes.
 */
export async function readNamedFile(
  path: string,
  limit = MAX_JSON,
): Promise<Uint8Array> {
  const file = await openNamedFile("read", path);
  const bytes = await withFile(
    "read",
    path,
    () => readByteSource(file, file.size, limit),
  );
  if (bytes !== null) return bytes;
  throw new FileError(
    "read",
    path,
    `it must have <= ${limit} bytes: it has more`,
  );
}

/** Reads a UTF-8 file of at most `limit` bytes as text, without a byte order mark. */
export async function readNamedText(
  path: string,
  limit?: number,
): Promise<string> {
  return new TextDecoder().decode(await readNamedFile(path, limit));
}

/** @throws {FileError} When `path` is a folder, a pipe or a device. */
export async function assertFileOrNone(
  action: string,
  path: string,
): Promise<void> {
  let what: FileFacts;
  try {
    what = await system.stat(path);
  } catch {
    return; // Opening it will report the error.
  }
  if (what.isFile) return;
  const kind = what.isDirectory ? "folder" : "pipe or device";
  throw new FileError(action, path, `it is a ${kind}`);
}
