import { isDenied, system } from "./system.ts";

/** Whether two paths are of the same folder, also by a link or in other letter case. */
export async function isSameFolder(a: string, b: string): Promise<boolean> {
  try {
    const [{ dev, ino }, other] = [await system.stat(a), await system.stat(b)];
    if (ino && ino === other.ino && dev === other.dev) return true;
    // Where the system doesn't number its files.
    return await system.realPath(a) === await system.realPath(b);
  } catch (error) {
    if (isDenied(error)) throw error;
    return false;
  }
}
