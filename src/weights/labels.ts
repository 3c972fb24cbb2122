import { CorruptWeightsError } from "../errors.ts";
import { asArray, asString, shown } from "./json.ts";

/** There are more or fewer names than classes. */
export class LabelCountError extends CorruptWeightsError {}

/**
 * The names of a model's classes: those that are given, or `class 0`, `class 1`,
 * ...
 *
 * @throws {LabelCountError} When there are more or fewer names than classes.
 * @throws {CorruptWeightsError} When there is one class: softmax makes 100% of a single output, whatever the image is.
 */
export function labelClasses(
  classes: number,
  names: readonly string[] = Array.from(
    { length: classes },
    (_, i) => `class ${i}`,
  ),
): readonly string[] {
  if (classes === 1) {
    throw new CorruptWeightsError(
      "Cannot use a classifier of one output as softmax makes 100% of it whatever the image is: give it two, the first with weights and a bias of 0, which answer as a sigmoid of the second does",
    );
  }
  if (names.length === classes) return names;
  throw new LabelCountError(
    `Cannot label the model's ${classes} classes with ${names.length} name${
      names.length === 1 ? "" : "s"
    }`,
  );
}

/**
 * The names of classes in JSON: an array of names, or of `[id, name]`; an object of
 * those by index, as Keras has it; or of indices by name, as Keras's `class_indices`
 * and torchvision's `class_to_idx` are.
 *
 * @throws {CorruptWeightsError} When it is something else.
 */
export function parseLabels(json: unknown, where: string): readonly string[] {
  return entriesOf(json, where).map((it) =>
    asString(Array.isArray(it) ? it[1] : it, where)
  );
}

/**
 * The ids of classes, WordNet's often, in the JSON of {@linkcode parseLabels};
 * `null` where it has names alone.
 *
 * @throws {CorruptWeightsError} When it is something else.
 */
export function parseClassIds(
  json: unknown,
  where: string,
): readonly string[] | null {
  const entries = entriesOf(json, where);
  return entries.every(Array.isArray)
    ? entries.map((it) => asString(it[0], where))
    : null;
}

function entriesOf(json: unknown, where: string): readonly unknown[] {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return asArray(json, where);
  }
  const entries = Object.entries(json);
  // Classes may be called "0", "1", ..., too, as digits are.
  if (entries.length > 0 && entries.every(([, it]) => isNumber(it))) {
    return namesInOrder(entries, where);
  }
  return "0" in json
    ? entries.map((_, i) => (json as Readonly<Record<number, unknown>>)[i])
    : asArray(json, where);
}

/** The names of `[name, index]`, by their indices. */
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

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
