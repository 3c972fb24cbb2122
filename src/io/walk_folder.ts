import { pathIn } from "./paths.ts";

/** Decides what a walk takes, and is told what it doesn't give. */
export interface Visitor {
  /**
   * Whether to take what is called `name`: a file, or a folder with all that is in it.
   * Unless given, everything is taken.
   */
  readonly takes?: (name: string) => boolean;
  /**
   * Told of a folder behind a link, which might lead in a circle; and of what is neither
   * a file nor a folder, such as a pipe or a link to nothing.
   *
   * @param path Relative to the walk's folder, with slashes.
   */
  readonly onPassedOver?: (path: string, kind: "link" | "other") => void;
  /**
   * Told of a folder that can't be read; the walk goes on behind it.
   *
   * @param path Relative to the walk's folder; `""` for that itself.
   */
  readonly onUnreadable: (path: string, error: unknown) => void;
}

/** What lies in a folder. */
type Kind = "file" | "folder" | "link" | "other";

/**
 * Gives the files in a folder and below as they are found, by name within each folder:
 * in the order of UTF-16 codes, a folder's files where its name stands. Only the names
 * in the folders on the way to the current one are held, however many files there are.
 *
 * Links to folders aren't followed, and pipes aren't waited for. What changes during the
 * walk may be given or not.
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

/** @param path Of the folder that is walked, relative to `root`; `""` for that itself. */
async function* walk(
  root: string,
  path: string,
  visitor: Visitor,
): AsyncGenerator<string, void, void> {
  const { takes = () => true, onPassedOver, onUnreadable } = visitor;
  const place = (path: string) => path === "" ? root : pathIn(root, path);
  const names: string[] = [];
  /** Most are files: those aren't in it. */
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

/** What lies right in a folder. */
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

/** Throws the error by which Deno tells which permission it wasn't given. */
function assertAllowed(error: unknown): void {
  if (error instanceof Error && error.name === "NotCapable") throw error;
}
