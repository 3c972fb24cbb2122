import { ArgumentError, CorruptWeightsError } from "../errors.ts";
import type { InceptionV3Options } from "../model/inception_options.ts";
import { asString, shown, unexpected } from "./json.ts";

/**
 * The labels of a model: the given names, or `class 0`, `class 1`, ...
 *
 * @param file The file with the names, for errors; absent if the caller gave them.
 * @throws {WrongLabelsError} When the caller gave a wrong number of names.
 * @throws {CorruptWeightsError} When the file has a wrong number of names.
 */
export function labelClasses(
  { classes = 1000 }: Pick<InceptionV3Options, "classes">,
  names: readonly string[] = Array.from(
    { length: classes },
    (_, i) => `class ${i}`,
  ),
  file?: string,
): readonly string[] {
  if (names.length === classes) return names;
  const text = `Cannot label the model's ${classes} class${
    classes === 1 ? "" : "es"
  } with ${names.length} name${names.length === 1 ? "" : "s"}`;
  throw file === undefined
    ? new WrongLabelsError(text)
    : new CorruptWeightsError(`${text} from ${file}`);
}

/** A file of names in an error, with the advice to give other names. */
export function insteadOf(file: string | undefined): string | undefined {
  return file && `${file}: give others by --labels FILE, or { labels }`;
}

/** The caller gave more or fewer names than the model has classes. */
export class WrongLabelsError extends ArgumentError {}

/** Whether all labels are the default ones: `class 0`, `class 1`, ... */
export function areMadeUp(labels: readonly string[]): boolean {
  return labels.every((it, i) => it === `class ${i}`);
}

/** The names of a model's classes. */
export interface NamedClasses {
  readonly labels: readonly string[];
  /** Their ids, often WordNet's, in the order of the labels. */
  readonly classIds?: readonly string[] | undefined;
}

/** Class names from a file beside a model. */
export interface FoundClasses extends NamedClasses {
  /** The file's name, for errors. */
  readonly labelsFrom: string;
}

/**
 * Parses class names: a JSON array of names or of `[id, name]`; an object of either by
 * index, like Keras's; or an object of indices by name, like Keras's `class_indices` and
 * torchvision's `class_to_idx`. Underscores in ImageNet's names become spaces.
 */
export function parseClasses(json: unknown, where: string): NamedClasses {
  const entries = classEntries(json, where);
  const labels = entries.map((it, i) =>
    Array.isArray(it)
      ? asString(it[1], `the name of class ${i} in ${where}`)
      : asString(it, `class ${i} in ${where}`)
  );
  if (entries.length === 0 || !entries.every(Array.isArray)) {
    return { labels: asWords(labels) };
  }
  const classIds = entries.map((it, i) =>
    asString(it[0], `the id of class ${i} in ${where}`)
  );
  const areWordNets = classIds.every((it) => /^n\d{8}$/.test(it));
  return { labels: areWordNets ? spaced(labels) : asWords(labels), classIds };
}

/** Some of Keras's names of ImageNet's classes, by index, to recognize the list. */
const OF_IMAGENET: Readonly<Record<number, string>> = {
  2: "great_white_shark",
  282: "tiger_cat",
  388: "giant_panda",
  999: "toilet_tissue",
};

/** Replaces underscores in Keras's names of ImageNet's classes (`tiger_cat`) by spaces. */
export function asWords(labels: readonly string[]): readonly string[] {
  const areImageNets = labels.length === 1000 &&
    Object.entries(OF_IMAGENET).every(([i, it]) => labels[Number(i)] === it);
  return areImageNets ? spaced(labels) : labels;
}

function spaced(labels: readonly string[]): readonly string[] {
  return labels.map((it) => it.replaceAll("_", " "));
}

function classEntries(json: unknown, where: string): readonly unknown[] {
  if (Array.isArray(json)) return json;
  if (typeof json !== "object" || json === null) {
    throw unexpected(where, NAMES, json);
  }
  const entries = Object.entries(json);
  // Classes may also be named "0", "1", ..., like digits.
  if (entries.length > 0 && entries.every(([, it]) => typeof it === "number")) {
    return namesInOrder(entries, where);
  }
  if (!("0" in json)) throw unexpected(where, NAMES, json);
  return entries.map((_, i) => (json as Readonly<Record<number, unknown>>)[i]);
}

/** The supported forms of class names, for errors. */
const NAMES =
  "an array of names, or an object of names by index or of indices by name";

function namesInOrder(
  entries: readonly (readonly [name: string, index: number])[],
  where: string,
): readonly string[] {
  const names: string[] = [];
  for (const [name, index] of entries) {
    const isIndex = Number.isInteger(index) && index >= 0 &&
      index < entries.length;
    if (!isIndex || index in names) {
      throw new CorruptWeightsError(
        `Cannot read ${where} as each class must have an index of its own in 0..${
          entries.length - 1
        }: that of ${shown(name)} is ${index}`,
      );
    }
    names[index] = name;
  }
  return names;
}
