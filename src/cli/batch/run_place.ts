import { sep } from "node:path";
import { isAddress } from "../../io/address.ts";
import { withoutSlash } from "../../io/paths.ts";
import { realPath } from "../../io/real_path.ts";
import { FileError, withFile } from "../file_error.ts";
import { isDenied, system } from "../system.ts";

/**
 * Checks that a run can be planned at `out`, before writing anything there. A run can't
 * be within its corpus, since commands never change a folder of photos.
 *
 * @throws {FileError} When it is within the corpus, isn't a folder, or has other files.
 */
export async function assertRunPlace(
  out: string,
  corpus: string,
): Promise<void> {
  if (isAddress(out)) return assertOtherPrefix(out, corpus);
  const names = await withFile("plan a batch run in", out, () => namesIn(out));
  const hasOthers = names.length > 0 &&
    !names.some((it) => it === "plan.json" || it === "lists");
  if (hasOthers) {
    throw placeError(out, `it has other files, such as ${names[0]}`);
  }
  if (isAddress(corpus) || !await isFolder(corpus)) return;
  const [run, images] = [await realPath(out), await realPath(corpus)];
  if (`${run}${sep}`.startsWith(withoutSlash(images) + sep)) {
    throw placeError(
      out,
      "it is within the corpus, which a run must not change",
    );
  }
}

function assertOtherPrefix(out: string, corpus: string): void {
  if (`${withoutSlash(out)}/`.startsWith(`${withoutSlash(corpus)}/`)) {
    throw placeError(
      out,
      "it is within the corpus, which a run must not change",
    );
  }
}

function placeError(out: string, reason: string): FileError {
  return new FileError(
    "plan a batch run in",
    out,
    `${reason}. Name another folder, which need not exist`,
  );
}

/** The sorted names in a folder, except hidden ones; empty if the folder doesn't exist. */
async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of system.readDir(folder)) {
      if (!name.startsWith(".")) names.push(name); // macOS makes a .DS_Store.
    }
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "ENOENT") throw error;
  }
  return names.sort();
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await system.stat(path)).isDirectory;
  } catch (error) {
    if (isDenied(error)) throw error;
    return false; // Opening it will report the error.
  }
}
