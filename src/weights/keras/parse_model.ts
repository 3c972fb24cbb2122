/**
 * The configuration of a Keras model: its layers and what each reads, in the forms of
 * Keras 1.2 to 3, none of which is trusted.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import { asArray, asObject, asString, shown } from "../json.ts";

/** A model, or a model in a model. */
export interface KerasModel {
  /** The layers of a `Sequential` read each other in order, and list no inputs. */
  readonly isSequential: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  readonly layers: readonly KerasLayer[];
  /** The names of layers: of the only input, and of the only output. */
  readonly input: string | undefined;
  readonly output: string | undefined;
}

/** A layer, or an operation. */
export interface KerasLayer {
  /** Unique in its model. */
  readonly name: string;
  /** `Conv2D`, `BatchNormalization`, ... */
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** What it is called with. */
  readonly operands: readonly Operand[];
  /** Whether it is called as in training. */
  readonly training: boolean;
  /** The type that a cast of Keras 2 gives. */
  readonly dtype?: unknown;
}

/** The result of a layer, numbers, or anything else. */
export type Operand =
  | { readonly layer: string }
  | { readonly numbers: readonly number[] }
  | "other";

/** A way out for what is Python code: TensorFlow's graphs are read. */
export const EXPORT =
  'model.export("folder") writes what it computes, and Totem reads that';

/** Bounds of the names' memory: 4 MB. Keras's Inception-v3 has 311 layers. */
const MAX_NAME = 128;
export const MAX_LAYERS = 4096;

/** Whether a layer is a model of its own. */
export function isModel({ className, config }: KerasLayer): boolean {
  return /^(Functional|Model|Sequential)$/.test(className) &&
    (Array.isArray(config) || Array.isArray(config.layers));
}

/** The model of a file, or of a layer that {@linkcode isModel}. */
export function parseModel(className: unknown, json: unknown): KerasModel {
  const isSequential = className === "Sequential";
  if (!isSequential && !/^(Functional|Model)$/.test(textOf(className))) {
    throw new CorruptWeightsError(
      `Cannot import a Keras model of class ${
        shown(className)
      } as it must be functional or Sequential: what it computes is Python code. ${EXPORT}`,
    );
  }
  // A Sequential was a bare list before Keras 2.2.3.
  const config = isSequential && Array.isArray(json)
    ? { layers: json }
    : asObject(json, "a model's config");
  const list = asArray(config.layers, "the list of layers");
  if (list.length > MAX_LAYERS) {
    throw new CorruptWeightsError(
      `Cannot import the Keras model as it must have <= ${MAX_LAYERS} layers: it has ${list.length}`,
    );
  }
  const layers = list.map((it) => parseLayer(it));
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name)) {
      throw new CorruptWeightsError(
        `Cannot import the Keras model as two layers have the name "${name}"`,
      );
    }
    names.add(name);
  }
  return {
    isSequential,
    config,
    layers,
    input: isSequential ? undefined : onlyEnd(config, "input"),
    output: isSequential ? undefined : onlyEnd(config, "output"),
  };
}

/** A functional model may list inputs that its output doesn't need; outputs are one. */
function onlyEnd(
  config: KerasModel["config"],
  which: "input" | "output",
): string | undefined {
  const value = config[`${which}_layers`];
  if (value === undefined && which === "input") return undefined;
  const where = `${which}_layers`;
  const list = typeof value === "object" && value !== null &&
      !Array.isArray(value)
    ? Object.values(value) // By name.
    : asArray(value, where);
  // Keras 3 leaves a single reference unwrapped.
  const ends = typeof list[0] === "string" ? [list] : list;
  if (ends.length === 1) return readReference(ends[0], where);
  if (which === "input") return undefined;
  throw new CorruptWeightsError(
    `Cannot import the Keras model as it must have one output: it has ${ends.length}`,
  );
}

function parseLayer(json: unknown): KerasLayer {
  const layer = asObject(json, "a layer");
  const className = asString(layer.class_name, "a layer's class");
  const config = asConfig(layer.config, className);
  const name = asString(layer.name ?? config.name, "a layer's name");
  for (const text of [name, className]) {
    if (text.length <= MAX_NAME) continue;
    throw new CorruptWeightsError(
      `Cannot import the Keras layer ${
        shown(text)
      } as its name must have <= ${MAX_NAME} characters: it has ${text.length}`,
    );
  }
  const nodes = asArray(layer.inbound_nodes ?? [], `the inputs of "${name}"`);
  if (nodes.length > 1) {
    throw new CorruptWeightsError(
      `Cannot import the Keras layer "${name}" as it is used ${nodes.length} times`,
    );
  }
  return { name, className, config, ...parseCall(nodes[0], name) };
}

function asConfig(json: unknown, className: string): KerasLayer["config"] {
  return className === "Sequential" && Array.isArray(json)
    ? { layers: json, name: "sequential" }
    : asObject(json, "a layer's config");
}

/**
 * `[[layer name, node, tensor, keyword arguments], ...]`, one such item of an operation of
 * Keras 2, or `{ args, kwargs }` since Keras 3.
 */
function parseCall(json: unknown, layer: string) {
  const operands: Operand[] = [];
  let training = false;
  let dtype: unknown;
  const where = `an input of "${layer}"`;
  const takeKeywords = (json: unknown) => {
    if (json === undefined || json === null) return;
    for (const [name, value] of Object.entries(asObject(json, where))) {
      if (name === "training") training = value === true;
      else if (name === "dtype") dtype = value;
      // A mask is of sequences; texts name a dtype or the operation.
      else if (name !== "mask" && typeof value !== "string" && value !== null) {
        takeValue(value);
      }
    }
  };
  // Calls list tensors, and lists of them.
  const takeValue = (value: unknown, depth = 0) => {
    const history = historyOf(value);
    const numbers = numbersOf(value);
    if (history !== undefined) {
      operands.push({ layer: readReference(history, where) });
    } else if (numbers !== undefined) operands.push({ numbers });
    else if (isReference(value)) operands.push({ layer: value[0] });
    else if (Array.isArray(value) && depth < 2) {
      for (const it of value) takeValue(it, depth + 1);
    } else operands.push("other");
  };
  const takeItem = (item: unknown) => {
    const [name, , value, keywords] = asArray(item, where);
    if (name === "_CONSTANT_VALUE") takeValue(value);
    else operands.push({ layer: asString(name, where) });
    takeKeywords(keywords);
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
  return { operands, training, dtype };
}

/** Where a tensor of Keras 3 comes from. */
function historyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const { config } = value as { readonly config?: unknown };
  if (typeof config !== "object" || config === null) return undefined;
  return (config as { readonly keras_history?: unknown }).keras_history;
}

/** A tensor in the keyword arguments of Keras 2. */
function isReference(value: unknown): value is [string, number, number] {
  return Array.isArray(value) && value.length === 3 &&
    typeof value[0] === "string" && typeof value[1] === "number";
}

/**
 * A number, numbers in lists whose last axis is the only one longer than 1, or either as
 * Keras 3 wraps arrays; `undefined` for all else.
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
 * The list or number in what Keras writes for tuples and arrays,
 * `{ class_name: "__tuple__", items }` and `{ class_name: "__numpy__", config: { value } }`;
 * all else as it is.
 */
export function unwrapped(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { class_name, items, config } = value as Record<string, unknown>;
  if (!/^__(tuple|numpy|tensor|array)__$/.test(textOf(class_name))) {
    return value;
  }
  return items ?? (config as { readonly value?: unknown } | null)?.value;
}

/** A text, or an empty one in place of all else. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** `[layer name, node index, tensor index, ...]`. */
function readReference(json: unknown, where: string): string {
  return asString(asArray(json, where)[0], where);
}
