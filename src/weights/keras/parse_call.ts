import { asArray, asObject, asString } from "../json.ts";
import { numbersOf, readReference } from "./values.ts";

/** The name of the layer that computes an operand, or its numbers; `null` for other values. */
export type Operand = string | readonly number[] | null;

/**
 * Parses the call of a layer: `[[layer name, node, tensor, keyword arguments], ...]` or, for
 * an operation in Keras 2, one such item; `{ args, kwargs }` since Keras 3.
 */
export function parseCall(json: unknown, layer: string) {
  const operands: Operand[] = [];
  let training = false;
  let dtype: unknown;
  const where = `an input of "${layer}"`;
  const takeKeywords = (json: unknown) => {
    if (json === undefined || json === null) return;
    for (const [name, value] of Object.entries(asObject(json, where))) {
      if (name === "training") training = value === true;
      else if (name === "dtype") dtype = value;
      // Masks are for sequences; strings name a dtype or the operation.
      else if (name !== "mask" && typeof value !== "string" && value !== null) {
        takeValue(value);
      }
    }
  };
  // Arguments are tensors, numbers or lists of them.
  const takeValue = (value: unknown, depth = 0) => {
    const history = historyOf(value);
    const numbers = numbersOf(value);
    if (history !== undefined) {
      operands.push(readReference(history, where));
    } else if (numbers !== undefined) operands.push(numbers);
    else if (isReference(value)) operands.push(value[0]);
    else if (Array.isArray(value) && depth < 2) {
      for (const it of value) takeValue(it, depth + 1);
    } else operands.push(null);
  };
  const takeItem = (item: unknown) => {
    const parts = asArray(item, where);
    if (parts[0] === "_CONSTANT_VALUE") takeValue(parts[2]);
    else operands.push(asString(parts[0], where));
    takeKeywords(parts[3]);
  };
  if (Array.isArray(json)) {
    if (typeof json[0] === "string") takeItem(json);
    else json.forEach(takeItem);
  } else if (json !== undefined) {
    const { args, kwargs } = asObject(json, where);
    for (const value of asArray(args, where)) {
      if (value !== null && typeof value !== "string") takeValue(value);
    }
    takeKeywords(kwargs);
  }
  const reads = operands.filter((it) => typeof it === "string");
  return { operands, reads, training, dtype };
}

/** The origin of a Keras 3 tensor. */
function historyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const { config } = value as { readonly config?: unknown };
  if (typeof config !== "object" || config === null) return undefined;
  return (config as { readonly keras_history?: unknown }).keras_history;
}

/** Whether a keyword argument of Keras 2 is a tensor. */
function isReference(value: unknown): value is [string, number, number] {
  return Array.isArray(value) && value.length === 3 &&
    typeof value[0] === "string" && typeof value[1] === "number";
}
