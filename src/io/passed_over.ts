/**
 * What walks through folders passed over, so that nobody takes a part for all.
 *
 * @module
 */
import { counted } from "../text/numbers.ts";

/** What was passed over, and why. */
export interface PassedOver {
  /** A file whose name is no image's. */
  addFile(name: string): void;
  /** A file or folder whose name begins with a dot. */
  addHidden(): void;
  /** What is neither a file nor a folder, such as a pipe; or a link to nothing. */
  addOther(): void;
  /** A folder behind a link, which might lead in a circle. */
  addLink(path: string): void;
  /** All of it in a line; `null` where nothing was passed over. */
  describe(): string | null;
  /** Shows it, if anything was passed over. */
  tell(io: { tellNote(line: string): void }): void;
}

/** How many kinds of files and how many folders are named. */
const NAMED = 5;

const OTHER = "broken link or pipe";

/** Nothing yet. */
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
