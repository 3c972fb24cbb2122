import { isNotFound } from "./open_file.ts";

/**
 * Resolves a path and its links. If the path doesn't exist yet, resolves links in the
 * part that does.
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
