/**
 * Records what folder walks skip, so that users notice incomplete input.
 *
 * @module
 */
import { counted } from "../text/numbers.ts";

/** A record of skipped entries. */
export interface PassedOver {
  /** A file without the extension of an image. */
  addFile(name: string): void;
  /** A hidden file or folder. */
  addHidden(): void;
  /** Neither a file nor a folder, such as a pipe or a broken link. */
  addOther(): void;
  /** A link to a folder, which could lead to a loop. */
  addLink(path: string): void;
  /** A one-line summary; `null` if nothing was skipped. */
  describe(): string | null;
  /** Shows the summary, if anything was skipped. */
  tell(io: { tellNote(line: string): void }): void;
}

/** The maximum number of file kinds, and of folders, to name. */
const NAMED = 5;

const OTHER = "broken link or pipe";

/** An empty record. */
export function passedOver(): PassedOver {
  const kinds = new Map<string, number>();
  const links: string[] = [];
  const count = (kind: string) => {
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  };
  const describe = () => {
    const total = [...kinds.values()].reduce((sum, it) => sum + it, 0);
    const parts = [];
    if (total > 0) {
      const sorted = [...kinds].sort(([, a], [, b]) => b - a)
        .map(([kind, count]) =>
          kind === OTHER
            ? counted(count, OTHER, "broken links or pipes")
            : `${count} ${kind}`
        );
      parts.push(`${counted(total, "file")}: ${shorten(sorted, "kinds")}`);
    }
    if (links.length > 0) {
      const found = counted(links.length, "folder");
      parts.push(`${found} behind a link: ${shorten(links, "folders")}`);
    }
    return parts.length === 0 ? null : `skipped ${parts.join("; ")}`;
  };
  return {
    addFile(name) {
      const [extension] = name.match(/\.[^.]{1,8}$/) ?? [];
      count(extension?.toLowerCase() ?? "without an extension");
    },
    addHidden: () => count("hidden"),
    addOther: () => count(OTHER),
    addLink: (path) => links.push(path),
    describe,
    tell(io) {
      const line = describe();
      if (line !== null) io.tellNote(line);
    },
  };
}

function shorten(items: readonly string[], what: string): string {
  const others = items.length - NAMED;
  return others <= 1
    ? items.join(", ")
    : `${items.slice(0, NAMED).join(", ")} and ${others} other ${what}`;
}
