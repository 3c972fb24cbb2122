import { walkImages } from "../../image/walk_images.ts";
import { passedOver } from "../../io/passed_over.ts";
import { systemReason } from "../../io/system_reason.ts";
import { counted } from "../../text/numbers.ts";
import type { Corpus } from "./corpus.ts";
import { corpusError } from "./corpus_error.ts";
import { currentFolder } from "./current_folder.ts";

/** How many folders that can't be read are named. */
const NAMED = 5;

/**
 * The images in a folder and below, by name within each folder. Hidden ones and links to
 * folders are passed over.
 */
export function folderCorpus(folder: string, address: string): Corpus {
  const { resolve } = process.getBuiltinModule("node:path");
  let seen = passedOver();
  let unread: string[] = [];
  return {
    address,
    columns: [],
    root: resolve(currentFolder(), folder),
    get notes() {
      const others = seen.describe();
      return [
        ...others === null ? [] : [others],
        ...unread.length === 0 ? [] : [describeUnread(unread)],
      ];
    },
    async *rows() {
      seen = passedOver();
      unread = [];
      const paths = walkImages(folder, seen, (path, error) => {
        const reason = systemReason(error) ?? (error as Error).message;
        if (path === "") throw corpusError(address, reason, error);
        unread.push(`${path}: ${reason}`);
      });
      for await (const path of paths) {
        // A file may have a name that looks like an address.
        yield { url: path.replace(/^(?=file:)/i, "./"), values: [] };
      }
    },
  };
}

function describeUnread(unread: readonly string[]): string {
  const others = unread.length - NAMED;
  return `the images of ${
    counted(unread.length, "folder")
  } are left out, as they can't be read: ${unread.slice(0, NAMED).join("; ")}${
    others > 0 ? `; and ${others} others` : ""
  }`;
}
