import { system } from "./system.ts";

/**
 * A file's size in bytes and modification time in ms; `undefined` if unknown. Call it
 * before reading the file, so that writes during reading are detected later.
 */
export async function versionOf(file: string): Promise<string | undefined> {
  try {
    const { isFile, size, mtime } = await system.stat(file);
    return isFile && mtime ? `${size} ${mtime.getTime()}` : undefined;
  } catch {
    return undefined;
  }
}
