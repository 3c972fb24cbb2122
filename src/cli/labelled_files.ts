import { ArgumentError } from "../errors.ts";
import { IMAGE_ENDINGS } from "../image/image_format.ts";
import { kindAt } from "../io/open_file.ts";
import {
  namingAdvice,
  parseLabelTable,
  type TableClasses,
} from "../evaluate/label_table.ts";
import { listClassFolders } from "./class_folders.ts";
import { findInputs, type InputProblem, NO_IMAGE } from "./image_files.ts";
import { onlyListed } from "./listed_files.ts";
import { readNamedText } from "./named_file.ts";
import { type PassedOver, passedOver } from "../io/passed_over.ts";
import { pathIn } from "../io/paths.ts";
import type { PathList } from "./path_list.ts";

/** An image file with known classes. */
export interface LabelledFile {
  /** Its path. */
  readonly path: string;
  /** Its path in the folder, with slashes. */
  readonly name: string;
  /** The indices of the correct classes, or of all its labels. */
  readonly classes: readonly number[];
}

/** The labelled images that were found. */
export interface LabelledFiles {
  readonly files: readonly LabelledFile[];
  /** The folders that can't be read, and the wrong paths of a list. */
  readonly problems: readonly InputProblem[];
  readonly passedOver: PassedOver;
}

/** The name of a folder's table. */
const TABLE = "labels.tsv";

/** The maximum size of the table, in bytes: enough for a million rows. */
const MAX_TABLE = 2 ** 26;

/** The folder of images without a label, for a model with a sigmoid. */
const NO_LABEL = "none";

/**
 * Finds the labelled images of `folder`. If there is a `labels.tsv`, its rows list them:
 * see {@linkcode parseLabelTable}. Otherwise each subfolder is named after a class, or
 * `none` for images without a label.
 *
 * @param list Names the images to use; all unless given.
 * @throws {ArgumentError} When there aren't images of at least two classes, or both with
 * and without a label; when a class folder is empty, an image's class is unknown, or the
 * table has no heading.
 */
export async function findLabelledFiles(
  folder: string,
  classes: TableClasses,
  list: PathList | null = null,
): Promise<LabelledFiles> {
  const seen = passedOver();
  const entries = await listClassFolders(folder, seen);
  const all = entries.files.includes(TABLE)
    ? {
      files: await readTable(folder, classes),
      problems: [],
      passedOver: passedOver(),
    }
    : await findInFolders(folder, entries, classes, seen);
  const listed = list && await onlyListed(folder, all.files, list);
  const found = listed === null ? all : {
    ...all,
    files: listed.files,
    problems: [...all.problems, ...listed.problems],
  };
  assertSeveral(folder, found.files, classes);
  return found;
}

function assertSeveral(
  folder: string,
  files: readonly LabelledFile[],
  { labels, least }: TableClasses,
): void {
  const [first] = files;
  const isOther = least === 0
    ? ({ classes }: LabelledFile) => `${classes}` !== `${first!.classes}`
    : ({ classes }: LabelledFile) => classes[0] !== first!.classes[0];
  if (files.some(isOther)) return;
  const must = least === 0 ? "with a label and without it" : "of >= 2 classes";
  const are = first === undefined
    ? "it has none"
    : first.classes.length === 0
    ? "none has a label"
    : `all are of ${
      first.classes.map((index) => `"${labels[index]}"`).join(" and ")
    }`;
  throw new ArgumentError(
    `Cannot evaluate on ${folder} as it must have images ${must}: ${are}`,
  );
}

async function findInFolders(
  folder: string,
  entries: Awaited<ReturnType<typeof listClassFolders>>,
  classes: TableClasses,
  seen: PassedOver,
): Promise<LabelledFiles> {
  const { names, least } = classes;
  const folders = entries.folders.map((name) => {
    const index = names.find(name);
    const isNone = index === null && least === 0 && name === NO_LABEL;
    return { name, classes: isNone ? [] : index === null ? null : [index] };
  });
  const unknown = folders.filter((it) => it.classes === null);
  if (folders.length === 0 || unknown.length > 0) {
    throw new ArgumentError(
      folders.length === 0
        ? `Cannot evaluate on ${folder} as it has neither a ${TABLE} nor one folder per class, such as ${
          pathIn(folder, "cat/1.jpg")
        }`
        : explainUnknown(folder, folders.length, unknown, classes),
    );
  }
  const stray = entries.files.find((it) => IMAGE_ENDINGS.test(it));
  if (stray !== undefined) {
    throw new ArgumentError(
      `Cannot evaluate on ${folder} as ${stray} is in no class folder: move it into one, or away`,
    );
  }
  const files: LabelledFile[] = [];
  const problems: InputProblem[] = [];
  const start = pathIn(folder, "").length;
  for (const { name, classes } of folders) {
    const found = await findInputs([pathIn(folder, name)], seen);
    const empty = found.problems.find(({ reason }) => reason === NO_IMAGE);
    if (empty !== undefined) {
      throw new ArgumentError(
        `Cannot evaluate on ${empty.path}: ${empty.reason}`,
      );
    }
    problems.push(...found.problems);
    for (const path of found.files) {
      files.push({ path, name: path.slice(start), classes: classes! });
    }
  }
  return { files, problems, passedOver: seen };
}

/** If there are more names, only the first few are shown. */
const MOST_SHOWN = 8;

function explainUnknown(
  folder: string,
  folders: number,
  unknown: readonly { readonly name: string }[],
  { labels, names: { hasIds }, least }: TableClasses,
): string {
  const some = (names: readonly string[]) => {
    const shown = names.length <= MOST_SHOWN ? names : names.slice(0, 3);
    const others = names.length - shown.length;
    return shown.map((it) => `"${it}"`).join(", ") +
      (others > 0 ? ` and ${others} more` : "");
  };
  const are = unknown.length === 1 ? "isn't a class" : "aren't classes";
  const areIds = unknown.every(({ name }) => /^n\d{8}$/.test(name));
  return `Cannot evaluate on ${folder} as ${unknown.length} of its ${folders} folders ${are} of the model: ${
    some(unknown.map(({ name }) => name))
  }. ${
    areIds && !hasIds
      ? "For WordNet ids name a classes.json of [id, name] with --classes"
      : `Should be names of its classes: ${some(labels)}${
        least === 0 ? `, or "${NO_LABEL}" for images without a label` : ""
      }${namingAdvice(labels)}`
  }`;
}

async function readTable(
  folder: string,
  classes: TableClasses,
): Promise<LabelledFile[]> {
  const path = pathIn(folder, TABLE);
  const text = await readNamedText(path, MAX_TABLE);
  const [first = ""] = text.split(/[\t\r\n]/, 1);
  if (await isImage(folder, first)) {
    throw new ArgumentError(
      `Cannot use ${path} as its first line must be a heading, such as file<TAB>labels: it names ${first}`,
    );
  }
  return parseLabelTable(text, classes, path)
    .map((row) => ({ ...row, path: pathIn(folder, row.name) }));
}

/** Whether a cell names an image: by its extension, or because the file exists. */
async function isImage(folder: string, cell: string): Promise<boolean> {
  if (IMAGE_ENDINGS.test(cell)) return true;
  // A name that can't be looked up isn't a file.
  const kind = await kindAt(pathIn(folder, cell)).catch(() => undefined);
  return kind !== undefined && kind !== "folder";
}
