import { ArgumentError } from "../errors.ts";
import { IMAGE_ENDINGS } from "../image/image_format.ts";
import {
  assertFiles,
  findInputs,
  type InputProblem,
  listFolder,
} from "./image_files.ts";
import { type PassedOver, passedOver } from "../io/passed_over.ts";
import { pathIn, withoutSlash } from "../io/paths.ts";
import { isDenied, system } from "./system.ts";

/** A class and its photos. */
export interface ClassFolder {
  /** The folder's name, normalized to NFC. */
  readonly label: string;
  /** All images in the folder and its subfolders, by name; at least one. */
  readonly files: readonly string[];
}

/** The class folders that were found. */
export interface ClassFolders {
  readonly classes: readonly ClassFolder[];
  /** The subfolders that can't be read. */
  readonly problems: readonly InputProblem[];
  readonly passedOver: PassedOver;
}

/**
 * The classes with a folder in `folder`, by name.
 *
 * @throws {ArgumentError} When there are no classes, a class has no photo, a photo is
 * beside the class folders, or two names are equal after normalization.
 */
export async function findClassFolders(folder: string): Promise<ClassFolders> {
  const path = withoutSlash(folder);
  const seen = passedOver();
  const { folders, files } = await listClassFolders(path, seen);
  const stray = files.find((it) => IMAGE_ENDINGS.test(it));
  if (stray !== undefined) {
    throw new ArgumentError(
      `Cannot use ${path} as ${stray} is in no class folder: it needs one folder per class, such as ${
        pathIn(path, "cat/1.jpg")
      }`,
    );
  }
  if (folders.length === 0) {
    throw new ArgumentError(
      `Cannot find classes in ${path}: there must be a folder of photos for each`,
    );
  }
  const classes: ClassFolder[] = [];
  const problems: InputProblem[] = [];
  for (const name of folders) {
    const found = await findInputs([pathIn(path, name)], seen);
    // Without the files passed over in earlier classes.
    assertFiles(pathIn(path, name), { ...found, passedOver: passedOver() });
    const label = name.normalize();
    if (classes.some((it) => it.label === label)) {
      throw new ArgumentError(
        `Cannot tell the classes of ${path} apart as two have the name "${label}"`,
      );
    }
    classes.push({ label, files: found.files });
    problems.push(...found.problems);
  }
  return { classes, problems, passedOver: seen };
}

/**
 * Lists a folder of class folders: its subfolders, also behind links, and its files, by
 * name. `seen` records the files and the hidden entries, which belong to other programs.
 */
export async function listClassFolders(
  folder: string,
  seen: PassedOver,
): Promise<{
  readonly folders: readonly string[];
  readonly files: readonly string[];
}> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const { name, isDirectory, isSymlink } of await listFolder(folder)) {
    if (name.startsWith(".")) {
      seen.addHidden();
      continue;
    }
    const isFolder = isDirectory ||
      isSymlink && await isFolderBehind(pathIn(folder, name));
    (isFolder ? folders : files).push(name);
    if (!isFolder) seen.addFile(name);
  }
  return { folders, files };
}

async function isFolderBehind(link: string): Promise<boolean> {
  return await system.stat(link).then(
    ({ isDirectory }) => isDirectory,
    (error) => {
      if (isDenied(error)) throw error;
      return false;
    },
  );
}
