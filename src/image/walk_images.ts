import type { PassedOver } from "../io/passed_over.ts";
import { type Visitor, walkFolder } from "../io/walk_folder.ts";
import { IMAGE_ENDINGS } from "./image_format.ts";

/**
 * Yields the images in a folder and its subfolders as they are found, except hidden
 * ones: see {@linkcode walkFolder}. Images are recognised by their file name endings.
 *
 * @param seen Collects skipped entries, with links by their paths in the folder.
 */
export async function* walkImages(
  folder: string,
  seen: PassedOver,
  onUnreadable: Visitor["onUnreadable"],
): AsyncGenerator<string, void, void> {
  const files = walkFolder(folder, {
    takes(name) {
      const isHidden = name.startsWith(".");
      if (isHidden) seen.addHidden();
      return !isHidden;
    },
    onPassedOver: (path, kind) =>
      kind === "link" ? seen.addLink(path) : seen.addOther(),
    onUnreadable,
  });
  for await (const file of files) {
    const name = file.slice(file.lastIndexOf("/") + 1);
    if (IMAGE_ENDINGS.test(name)) yield file;
    else seen.addFile(name);
  }
}
