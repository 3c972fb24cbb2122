import { CorruptWeightsError } from "../errors.ts";
import { asArray, asString } from "./json.ts";

/**
 * The names of a model's classes: those that are given, or `class 0`, `class 1`,
 * ...
 *
 * @throws {CorruptWeightsError} When there are more or fewer names than classes.
 */
export function labelClasses(
  classes: number,
  names: readonly string[] = Array.from(
    { length: classes },
    (_, i) => `class ${i}`,
  ),
): readonly string[] {
  if (names.length === classes) return names;
  throw new CorruptWeightsError(
    `Cannot label the model's ${classes} classes with ${names.length} name${
      names.length === 1 ? "" : "s"
    }`,
  );
}

/**
 * The names of classes in JSON: an array of names, or of `[id, name]`, or Keras's
 * object of those by index.
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
  return isIndexed(json)
    ? Object.keys(json).map((_, i) => json[i])
    : asArray(json, where);
}

function isIndexed(json: unknown): json is Readonly<Record<number, unknown>> {
  return typeof json === "object" && json !== null && "0" in json &&
    !Array.isArray(json);
}
