/**
 * Values as Keras writes them in configurations.
 *
 * @module
 */
import { asArray, asString } from "../json.ts";

/**
 * Reads a number, or nested lists of numbers where only the last axis is longer than 1, also
 * when Keras 3 wrapped them. Returns `undefined` for other values.
 */
export function numbersOf(value: unknown): readonly number[] | undefined {
  for (let depth = 0; depth < 8; depth++) {
    if (typeof value === "number" && Number.isFinite(value)) return [value];
    value = unwrapped(value);
    if (!Array.isArray(value)) {
      if (typeof value === "number") continue;
      return undefined;
    }
    if (value.length > 0 && value.every(Number.isFinite)) return value;
    if (value.length !== 1) return undefined;
    value = value[0];
  }
  return undefined;
}

/**
 * Unwraps the list or number in Keras's tuples and arrays,
 * `{ class_name: "__tuple__", items }` and `{ class_name: "__numpy__", config: { value } }`.
 * Returns other values unchanged.
 */
export function unwrapped(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { class_name, items, config } = value as Record<string, unknown>;
  if (
    !/^(__(tuple|numpy|tensor|array)__|TensorShape)$/.test(textOf(class_name))
  ) {
    return value;
  }
  return items ?? (config as { readonly value?: unknown } | null)?.value;
}

/** The only value of a list, such as an axis; other values are returned unchanged. */
export function onlyOf(value: unknown): unknown {
  const list = unwrapped(value);
  return Array.isArray(list) && list.length <= 1 ? list[0] : list;
}

/** A string unchanged; an empty string for other values. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The layer name in `[layer name, node index, tensor index, ...]`. */
export function readReference(json: unknown, where: string): string {
  return asString(asArray(json, where)[0], where);
}
