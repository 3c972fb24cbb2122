import { isNotFound } from "./open_file.ts";

/**
 * An absolute path without links. For a path that doesn't exist yet, links are resolved in
 * the part that does.
 */
export async function realPath(path: string): Promise<string> {
  const { basename, dirname, join, resolve } = process.getBuiltinModule(
    "node:path",
  );
  try {
    return typeof Deno !== "undefined"
      ? await Deno.realPath(path)
      : await process.getBuiltinModule("node:fs/promises").realpath(path);
  } catch (error) {
    const whole = resolve(path);
    const parent = dirname(whole);
    if (!isNotFound(error) || parent === whole) throw error;
    return join(await realPath(parent), basename(whole));
  }
}
