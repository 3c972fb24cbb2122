import { system } from "./system.ts";

/**
 * A file's size in bytes and time of its last change in ms; `undefined` if unknown. Ask
 * before the file is read: what is written to it meanwhile is noticed then.
 */
export async function versionOf(file: string): Promise<string | undefined> {
  try {
    const { isFile, size, mtime } = await system.stat(file);
    return isFile && mtime ? `${size} ${mtime.getTime()}` : undefined;
  } catch {
    return undefined;
  }
}
