/**
 * Images whose classes are known: in a folder a class, or listed in a table.
 *
 * @module
 */
import type { ClassNames } from "./class_names.ts";
import { findInputs, IMAGE_NAME } from "./inputs.ts";

/** An image file whose classes are known. */
export interface LabelledFile {
  /** Where it is. */
  readonly path: string;
  /** Its path in the folder, with slashes. */
  readonly name: string;
  /** The classes that are right answers, as indices; the first is its own. */
  readonly classes: readonly number[];
}

/** The table of a folder that has one. */
const TABLE = "labels.tsv";

/**
 * The images of `folder`. If there is a `labels.tsv` in it, they are its rows: the
 * file, and the indices of the classes that are right, with commas. Otherwise each
 * folder in it is a class, by its name.
 *
 * @param labels The model's.
 * @throws {RangeError} When there are no images of at least two classes, or an
 * image's class isn't known.
 */
export async function findLabelledFiles(
  folder: string,
  labels: readonly string[],
  names: ClassNames,
): Promise<readonly LabelledFile[]> {
  const entries = await listFolder(folder);
  const root = folder.replace(/[/\\]$/, "");
  const files = entries.some(({ name, isFile }) => name === TABLE && isFile)
    ? await readTable(root, labels)
    : await findInFolders(root, entries, labels, names);
  const [first] = files;
  const some = files.some(({ classes }) => classes[0] !== first!.classes[0]);
  if (some) return files;
  throw new RangeError(
    `Cannot evaluate on ${folder} as it must have images of >= 2 classes: ${
      first === undefined
        ? "it has none"
        : `all are of "${labels[first.classes[0]!]}"`
    }`,
  );
}

async function listFolder(folder: string): Promise<readonly Deno.DirEntry[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new RangeError(
      `Cannot evaluate on ${folder}: no such folder, or not a folder`,
      { cause: error },
    );
  }
}

async function findInFolders(
  folder: string,
  entries: readonly Deno.DirEntry[],
  labels: readonly string[],
  names: ClassNames,
): Promise<LabelledFile[]> {
  // A folder whose name begins with a dot is some program's own.
  const folders = entries.filter(({ name, isFile }) =>
    !isFile && !name.startsWith(".")
  ).map(({ name }) => ({ name, index: names.find(name) }));
  const unknown = folders.filter(({ index }) => index === null);
  if (folders.length === 0 || unknown.length > 0) {
    throw new RangeError(
      folders.length === 0
        ? `Cannot evaluate on ${folder} as it has no folder for each class, and no ${TABLE}`
        : explainUnknown(folder, folders.length, unknown, labels, names),
    );
  }
  const stray = entries.find(({ name, isFile }) =>
    isFile && IMAGE_NAME.test(name)
  );
  if (stray !== undefined) {
    throw new RangeError(
      `Cannot evaluate on ${folder} as ${stray.name} lies in no class's folder`,
    );
  }
  const files: LabelledFile[] = [];
  for (const { name, index } of folders) {
    const root = `${folder}/${name}`;
    const found = await findInputs([root]);
    const [problem] = found.problems;
    if (problem !== undefined) {
      throw new RangeError(`Cannot evaluate on ${root}: ${problem.reason}`);
    }
    for (const path of found.files) {
      const rest = path.slice(root.length + 1).replaceAll("\\", "/");
      files.push({ path, name: `${name}/${rest}`, classes: [index!] });
    }
  }
  return files;
}

function explainUnknown(
  folder: string,
  folders: number,
  unknown: readonly { readonly name: string }[],
  labels: readonly string[],
  { hasIds }: ClassNames,
): string {
  const some = (names: readonly string[]) =>
    names.slice(0, 3).map((it) => `"${it}"`).join(", ") +
    (names.length > 3 ? ", ..." : "");
  const areIds = unknown.every(({ name }) => /^n\d{8}$/.test(name));
  return `Cannot evaluate on ${folder} as ${unknown.length} of its ${folders} folders are no class of the model: ${
    some(unknown.map(({ name }) => name))
  }. ${
    areIds && !hasIds
      ? "For WordNet ids name a classes.json of [id, name] with --classes"
      : `Should be names of its classes: ${some(labels)}`
  }`;
}

async function readTable(
  folder: string,
  labels: readonly string[],
): Promise<LabelledFile[]> {
  const path = `${folder}/${TABLE}`;
  const lines = (await Deno.readTextFile(path)).split(/\r?\n/);
  const rows = new Map<string, LabelledFile>();
  for (const [i, line] of lines.entries()) {
    const [name, indices] = line.split("\t");
    if (i === 0 || name === undefined || name === "") continue;
    const wrong = (what: string) =>
      new RangeError(`Cannot use ${path} as line ${i + 1} ${what}`);
    const classes = (indices ?? "").split(",").map((text) => {
      const index = Number(text);
      if (/^\s*\d+\s*$/.test(text) && index < labels.length) return index;
      throw wrong(
        `must have class indices < ${labels.length}: it has "${indices ?? ""}"`,
      );
    });
    if (rows.has(name)) throw wrong(`names ${name} again`);
    rows.set(name, { path: `${folder}/${name}`, name, classes });
  }
  return [...rows.values()];
}
