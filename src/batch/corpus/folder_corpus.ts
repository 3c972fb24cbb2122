import { StorageError } from "../../errors.ts";
import { walkImages } from "../../image/walk_images.ts";
import { isNotFound } from "../../io/open_file.ts";
import { passedOver } from "../../io/passed_over.ts";
import { pathIn } from "../../io/paths.ts";
import { systemCode, systemReason } from "../../io/system_reason.ts";
import { counted } from "../../text/numbers.ts";
import type { Corpus } from "./corpus.ts";
import { corpusError } from "./corpus_error.ts";
import { currentFolder } from "./current_folder.ts";

/** The maximum number of unreadable folders to name in a note. */
const NAMED = 5;

/**
 * The images in a folder and its subfolders, sorted by name within each folder. Hidden
 * ones and links to folders are skipped.
 *
 * Folders without read permission are left out, and named in the notes. If a folder can't
 * be read for another reason, `rows()` throws a {@linkcode StorageError}.
 */
export function folderCorpus(folder: string, address: string): Corpus {
  const { resolve } = process.getBuiltinModule("node:path");
  let seen = passedOver();
  let unread: string[] = [];
  return {
    address,
    columns: [],
    root: resolve(currentFolder(), folder),
    get skipped() {
      return seen.describe() ?? undefined;
    },
    get notes() {
      return unread.length === 0 ? [] : [describeUnread(unread)];
    },
    async *rows() {
      seen = passedOver();
      unread = [];
      const paths = walkImages(folder, seen, (path, error) => {
        const reason = systemReason(error) ?? (error as Error).message;
        if (path === "") throw corpusError(address, reason, error);
        if (!isLeftOut(error)) {
          throw new StorageError(
            `Cannot read the folder ${pathIn(address, path)}: ${reason}`,
            { cause: error },
          );
        }
        unread.push(`${path}: ${reason}`);
      });
      for await (const path of paths) {
        // A file name may look like an address.
        yield { url: path.replace(/^(?=file:)/i, "./"), values: [] };
      }
    },
  };
}

/**
 * Whether to leave out an unreadable folder: one without read permission, or removed
 * meanwhile. Other errors may be temporary, and the folder may have a million images.
 */
function isLeftOut(error: unknown): boolean {
  return isNotFound(error) ||
    /^(EACCES|EPERM)$/.test(systemCode(error) ?? "");
}

function describeUnread(unread: readonly string[]): string {
  const others = unread.length - NAMED;
  return `the images of ${
    counted(unread.length, "folder")
  } are left out, as they can't be read: ${unread.slice(0, NAMED).join("; ")}${
    others > 0 ? `; and ${others} others` : ""
  }`;
}
