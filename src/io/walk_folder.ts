import { pathIn } from "./paths.ts";

/** Selects entries during a walk, and is notified of skipped ones. */
export interface Visitor {
  /**
   * Whether to include the entry called `name`: a file, or a folder with all its content.
   * Everything is included by default.
   */
  readonly takes?: (name: string) => boolean;
  /**
   * Called for a link to a folder, which could lead to a loop, and for other entries that
   * aren't files, such as a pipe or a broken link.
   *
   * @param path Relative to the walk's folder, with slashes.
   */
  readonly onPassedOver?: (path: string, kind: "link" | "other") => void;
  /**
   * Called for a folder that can't be read. The walk continues after it.
   *
   * @param path Relative to the walk's folder, which is `""`.
   */
  readonly onUnreadable: (path: string, error: unknown) => void;
}

/** The kind of a folder entry. */
type Kind = "file" | "folder" | "link" | "other";

/**
 * Yields the files in a folder and its subfolders as they are found, sorted by name
 * within each folder: by UTF-16 code units, with a subfolder's files in place of its
 * name. Only the names in the current folder and its parents are in memory.
 *
 * Links to folders aren't followed, and pipes aren't opened. Files added or removed
 * during the walk may or may not be included.
 *
 * @returns Paths relative to `folder`, with slashes on every system.
 * @throws When Deno wasn't given the permission to read.
 */
export async function* walkFolder(
  folder: string,
  visitor: Visitor,
): AsyncGenerator<string, void, void> {
  yield* walk(folder, "", visitor);
}

/** @param path The current folder, relative to `root`, which is `""`. */
async function* walk(
  root: string,
  path: string,
  visitor: Visitor,
): AsyncGenerator<string, void, void> {
  const { takes = () => true, onPassedOver, onUnreadable } = visitor;
  const place = (path: string) => path === "" ? root : pathIn(root, path);
  const names: string[] = [];
  /** The kinds of entries other than files. */
  const kinds = new Map<string, Kind>();
  try {
    for await (const [name, kind] of readFolder(place(path))) {
      names.push(name);
      if (kind !== "file") kinds.set(name, kind);
    }
  } catch (error) {
    assertAllowed(error);
    onUnreadable(path, error);
    return;
  }
  for (const name of names.sort()) {
    if (!takes(name)) continue;
    const below = path === "" ? name : `${path}/${name}`;
    const kind = kinds.get(name) ?? "file";
    const target = kind === "link" ? await kindBehind(place(below)) : kind;
    if (target === "file") yield below;
    else if (target === "other") onPassedOver?.(below, "other");
    else if (kind === "link") onPassedOver?.(below, "link");
    else yield* walk(root, below, visitor);
  }
}

/** The entries directly in a folder. */
async function* readFolder(
  path: string,
): AsyncGenerator<readonly [name: string, kind: Kind]> {
  if (typeof Deno !== "undefined") {
    for await (const entry of Deno.readDir(path)) {
      const { name, isFile, isDirectory, isSymlink } = entry;
      yield [name, kindOf(isFile, isDirectory, isSymlink)];
    }
    return;
  }
  const { opendir } = process.getBuiltinModule("node:fs/promises");
  for await (const entry of await opendir(path)) {
    const isLink = entry.isSymbolicLink();
    yield [entry.name, kindOf(entry.isFile(), entry.isDirectory(), isLink)];
  }
}

async function kindBehind(link: string): Promise<Kind> {
  try {
    if (typeof Deno !== "undefined") {
      const { isFile, isDirectory } = await Deno.stat(link);
      return kindOf(isFile, isDirectory);
    }
    const facts = await process.getBuiltinModule("node:fs/promises").stat(link);
    return kindOf(facts.isFile(), facts.isDirectory());
  } catch (error) {
    assertAllowed(error);
    return "other";
  }
}

function kindOf(isFile: boolean, isFolder: boolean, isLink = false): Kind {
  return isFile ? "file" : isFolder ? "folder" : isLink ? "link" : "other";
}

/** Rethrows Deno's error for a missing permission. */
function assertAllowed(error: unknown): void {
  if (error instanceof Error && error.name === "NotCapable") throw error;
}
