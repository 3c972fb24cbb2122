import { isRelativePath } from "./image_address.ts";

/** The absolute path of the current folder. */
export function currentFolder(): string {
  return typeof Deno === "undefined" ? process.cwd() : Deno.cwd();
}

/** Determines whether a list has relative paths, so that the current folder is its root. */
export function listRoot() {
  const folder = currentFolder();
  let hasRelative = false;
  return {
    /** The folder, if any path so far is relative. */
    get path(): string | undefined {
      return hasRelative ? folder : undefined;
    },
    /** Checks a path or an address. */
    see(url: string): void {
      hasRelative ||= isRelativePath(url);
    },
  };
}
