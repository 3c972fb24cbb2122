/**
 * Paths as they are typed: a backslash separates folders on Windows alone.
 *
 * @module
 */
import { isDenied, system } from "./system.ts";

/** A path whose folders are separated by slashes, also on Windows. */
export function withSlashes(
  path: string,
  os: string = system.build.os,
): string {
  return os === "windows" ? path.replaceAll("\\", "/") : path;
}

/** A folder's path without the slash at its end, which a root keeps. */
export function withoutSlash(
  path: string,
  os: string = system.build.os,
): string {
  const slashes = os === "windows" ? /(?<=[^/\\:])[/\\]+$/ : /(?<=[^/])\/+$/;
  return path.replace(slashes, "");
}

/** The path of what is called `name` in `folder`. */
export function pathIn(
  folder: string,
  name: string,
  os: string = system.build.os,
): string {
  if (folder === ".") return name;
  const path = withoutSlash(folder, os);
  // `C:` is the drive's current folder, and `C:/` its root.
  const isWhole = os === "windows" ? /[/\\:]$/ : /\/$/;
  return isWhole.test(path) ? path + name : `${path}/${name}`;
}

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
