import { isDenied, system } from "./system.ts";

/**
 * Whether two paths name the same folder, also through a link or in different letter
 * case.
 */
export async function isSameFolder(a: string, b: string): Promise<boolean> {
  try {
    const [{ dev, ino }, other] = [await system.stat(a), await system.stat(b)];
    if (ino && ino === other.ino && dev === other.dev) return true;
    // If the file system has no file numbers.
    return await system.realPath(a) === await system.realPath(b);
  } catch (error) {
    if (isDenied(error)) throw error;
    return false;
  }
}
