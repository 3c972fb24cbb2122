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
  const names: string[] = [];
  for (const { name, isDirectory, isSymlink } of await listFolder(path)) {
    if (name.startsWith(".")) {
      seen.addHidden();
      continue;
    }
    const isFolder = isDirectory ||
      isSymlink && await isFolderBehind(pathIn(path, name));
    if (isFolder) names.push(name);
    else if (IMAGE_ENDINGS.test(name)) {
      throw new ArgumentError(
        `Cannot use ${path} as ${name} is in no class folder: it needs one folder per class, such as ${
          pathIn(path, "cat/1.jpg")
        }`,
      );
    } else seen.addFile(name);
  }
  if (names.length === 0) {
    throw new ArgumentError(
      `Cannot find classes in ${path}: there must be a folder of photos for each`,
    );
  }
  names.sort();
  const classes: ClassFolder[] = [];
  const problems: InputProblem[] = [];
  for (const name of names) {
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

async function isFolderBehind(link: string): Promise<boolean> {
  return await system.stat(link).then(
    ({ isDirectory }) => isDirectory,
    (error) => {
      if (isDenied(error)) throw error;
      return false;
    },
  );
}
