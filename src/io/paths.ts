/**
 * Paths as typed by users. A backslash is a separator only on Windows.
 *
 * @module
 */

/** Uses slashes as separators, also on Windows. */
export function withSlashes(
  path: string,
  os: string = runningOs(),
): string {
  return os === "windows" ? path.replaceAll("\\", "/") : path;
}

/** Removes trailing slashes from a folder's path, except from a root. */
export function withoutSlash(
  path: string,
  os: string = runningOs(),
): string {
  const slashes = os === "windows" ? /(?<=[^/\\:])[/\\]+$/ : /(?<=[^/])\/+$/;
  return path.replace(slashes, "");
}

/** The path of `name` in `folder`. */
export function pathIn(
  folder: string,
  name: string,
  os: string = runningOs(),
): string {
  if (folder === ".") return name;
  const path = withoutSlash(folder, os);
  // `C:` is the drive's current folder, and `C:/` its root.
  const isWhole = os === "windows" ? /[/\\:]$/ : /\/$/;
  return isWhole.test(path) ? path + name : `${path}/${name}`;
}

/** Whether a path is absolute. */
export function isAbsolutePath(
  path: string,
  os: string = runningOs(),
): boolean {
  return os === "windows"
    ? /^([a-z]:)?[/\\]/i.test(path)
    : path.startsWith("/");
}

/** `"windows"`, or another. */
function runningOs(): string {
  if (typeof Deno !== "undefined") return Deno.build.os;
  return process.platform === "win32" ? "windows" : process.platform;
}
