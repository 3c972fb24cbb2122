import { isRelativePath } from "./image_address.ts";

/** The absolute path of the current folder. */
export function currentFolder(): string {
  return typeof Deno === "undefined" ? process.cwd() : Deno.cwd();
}

/** Finds out whether the current folder is the root of a list, by its paths. */
export function listRoot() {
  const folder = currentFolder();
  let hasRelative = false;
  return {
    /** The folder, if a path so far is relative. */
    get path(): string | undefined {
      return hasRelative ? folder : undefined;
    },
    /** Takes a path or an address into account. */
    see(url: string): void {
      hasRelative ||= isRelativePath(url);
    },
  };
}
