/**
 * Parses the configuration of a Keras model: its layers and their inputs, in the formats of
 * Keras 1.2 to 3. The configuration isn't trusted.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import { asArray, asObject, asString, shown } from "../json.ts";
import { type Operand, parseCall } from "./parse_call.ts";
import { readReference, textOf } from "./values.ts";

/** A model, or a nested model. */
export interface KerasModel {
  /** Whether it is a `Sequential`: each layer reads the one before, and lists no inputs. */
  readonly isSequential: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  readonly layers: readonly KerasLayer[];
  /** The name of the only input layer. */
  readonly input: string | undefined;
  /** The name of the only output layer. */
  readonly output: string | undefined;
}

/** A layer, or an operation. */
export interface KerasLayer {
  /** Unique in its model. */
  readonly name: string;
  /** `Conv2D`, `BatchNormalization`, ... */
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The names of the layers that it reads. */
  readonly reads: readonly string[];
  /** The operands of its call. */
  readonly operands: readonly Operand[];
  /** Whether it is called with `training=True`. */
  readonly training: boolean;
  /** The result type of a Keras 2 cast. */
  readonly dtype?: unknown;
}

/** Advice for models with Python code: TensorFlow graphs are supported. */
export const EXPORT =
  'model.export("folder") writes what it computes, and Totem reads that';

/** Maximum length of a name. */
const MAX_NAME = 128;
/** Maximum number of layers, so that names need < 4 MB. Keras's Inception-v3 has 311. */
export const MAX_LAYERS = 4096;

/** Whether a layer is a nested model. */
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

/** The only input or output. There may be several inputs, as some may be unused. */
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
    `Cannot import the Keras model as it must have one output: it has ${ends.length}. keras.Model(model.input, model.outputs[0]) has one`,
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
