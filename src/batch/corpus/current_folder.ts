import { isRelativePath } from "./image_address.ts";

/** The absolute path of the current folder. */
export function currentFolder(): string {
  return typeof Deno === "undefined" ? process.cwd() : Deno.cwd();
}

/** Says whether the current folder is the root of a list, which may be of addresses. */
export function listRoot() {
  const folder = currentFolder();
  let hasRelative = false;
  return {
    /** The folder, if one of the paths that were seen is relative. */
    get path(): string | undefined {
      return hasRelative ? folder : undefined;
    },
    /** Sees a path or an address. */
    see(url: string): void {
      hasRelative ||= isRelativePath(url);
    },
  };
}
