import { kindAt } from "./open_file.ts";

/**
 * Creates a folder and its missing parents.
 *
 * Node's `recursive` option never returns in folders that can't have subfolders, such as
 * `/proc`.
 */
export async function makeFolder(path: string): Promise<void> {
  if (typeof Deno !== "undefined") {
    await Deno.mkdir(path, { recursive: true });
  } else await makeInNode(path, false);
}

async function makeInNode(path: string, isParentMade: boolean): Promise<void> {
  const { mkdir } = process.getBuiltinModule("node:fs/promises");
  const { dirname } = process.getBuiltinModule("node:path");
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    const parent = dirname(path);
    if (code === "ENOENT" && !isParentMade && parent !== path) {
      await makeInNode(parent, false);
      return await makeInNode(path, true);
    }
    const kind = await kindAt(path).catch(() => undefined);
    if (kind !== "folder") throw error;
  }
}
