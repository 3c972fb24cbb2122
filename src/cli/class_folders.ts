/**
 * Photos in a folder for each class, as ImageNet has them.
 *
 * @module
 */
import { findInputs, IMAGE_NAME } from "./inputs.ts";

/** A class and its photos. */
export interface ClassFolder {
  /** The folder's name. */
  readonly label: string;
  /** All JPEG, PNG and WebP files in it and below, by name; at least one. */
  readonly files: readonly string[];
}

/**
 * The classes whose folders lie in `folder`, by name. Hidden folders are passed
 * over.
 *
 * @throws {RangeError} When there is none, one has no photo, or a photo lies beside
 * them.
 */
export async function findClassFolders(
  folder: string,
): Promise<readonly ClassFolder[]> {
  const path = folder.replace(/(?<=.)[/\\]$/, "");
  const labels: string[] = [];
  for (const { name, isDirectory, isSymlink } of await entriesOf(path)) {
    if (name.startsWith(".")) continue;
    const isFolder = isDirectory ||
      isSymlink && (await Deno.stat(`${path}/${name}`)).isDirectory;
    if (isFolder) labels.push(name);
    else if (IMAGE_NAME.test(name)) {
      throw new RangeError(
        `Cannot use ${path}/${name} as it lies in no class's folder`,
      );
    }
  }
  if (labels.length === 0) {
    throw new RangeError(
      `Cannot find classes in ${path}: there must be a folder of photos for each`,
    );
  }
  labels.sort();
  const classes: ClassFolder[] = [];
  for (const label of labels) {
    const { files, problems } = await findInputs([`${path}/${label}`]);
    const [problem] = problems;
    if (problem !== undefined) {
      throw new RangeError(
        `Cannot use the class "${label}": ${problem.reason}`,
      );
    }
    classes.push({ label, files });
  }
  return classes;
}

async function entriesOf(path: string): Promise<readonly Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new RangeError(
      `Cannot find classes in ${path}: no such folder, or not a folder`,
      { cause: error },
    );
  }
}
