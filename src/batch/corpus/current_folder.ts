/** The absolute path of the current folder. */
export function currentFolder(): string {
  return typeof Deno === "undefined" ? process.cwd() : Deno.cwd();
}
