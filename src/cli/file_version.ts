import { system } from "./system.ts";

/**
 * What a photo's file is known again by, once a result of it is kept: its size in
 * bytes and when it was last written to, in ms. `undefined` where that can't be told;
 * to read the file will say what is wrong.
 *
 * Ask before the file is read: what is written to it meanwhile is noticed then.
 */
export async function versionOf(file: string): Promise<string | undefined> {
  try {
    const { isFile, size, mtime } = await system.stat(file);
    return isFile && mtime ? `${size} ${mtime.getTime()}` : undefined;
  } catch {
    return undefined;
  }
}
