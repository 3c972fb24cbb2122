/**
 * Makes a folder, and those that it lies in, where there are none.
 *
 * Node's own recursive way never ends where the system says that a folder isn't there
 * in which there can't be any, such as `/proc`.
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
    if (!await isFolder(path)) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  const { stat } = process.getBuiltinModule("node:fs/promises");
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
