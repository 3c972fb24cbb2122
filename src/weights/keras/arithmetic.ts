/**
 * Layers that compute `x * scale + offset`, which models apply to their image.
 *
 * @module
 */
import { isObject } from "../../argument.ts";
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import type { Operand } from "./parse_call.ts";
import { numbersOf, onlyOf, textOf } from "./values.ts";
import {
  type FindTensor,
  type LayerPlace,
  nameOf,
  tensorOf,
} from "./variables.ts";

/** Tensors of one value, or one per channel. */
interface Affine {
  readonly scale: ForeignTensor | undefined;
  readonly offset: ForeignTensor | undefined;
}

/**
 * Reads an arithmetic layer. Returns `"identity"` if it changes nothing, and `undefined` for
 * another kind of layer or operands that aren't constant.
 */
export function readArithmetic(
  place: LayerPlace,
  find: FindTensor,
): Affine | "identity" | undefined {
  const { className, config, operands, dtype } = place.layer;
  switch (className) {
    case "Rescaling": {
      const scale = numbersOf(config.scale);
      const offset = numbersOf(config.offset ?? 0);
      return scale && offset && affine(nameOf(place), scale, offset);
    }
    case "Normalization":
      return readNormalization(place, find);
    case "TFOpLambda":
      return config.function === "cast" && operands.length === 1 &&
          /^b?float/.test(textOf(dtype))
        ? "identity"
        : readOperation(place, textOf(config.function), operands);
    case "TensorFlowOpLayer":
      return readGraphOperation(place);
    case "Cast":
      return /^b?float/.test(textOf(config.dtype ?? dtype))
        ? "identity"
        : undefined;
    default:
      return readOperation(place, className, operands);
  }
}

/** An operation on two operands, one of them constant. */
function readOperation(
  place: LayerPlace,
  operation: string,
  operands: readonly Operand[],
): Affine | undefined {
  const [first, second] = operands;
  if (first === undefined || second === undefined || operands.length > 2) {
    return undefined;
  }
  const isReversed = typeof second === "string";
  const [read, numbers] = isReversed ? [second, first] : [first, second];
  if (typeof read !== "string" || !Array.isArray(numbers)) return undefined;
  const name = nameOf(place);
  const negative = numbers.map((it) => -it);
  // "TrueDivide" of Keras 3, "math.truediv" and "__operators__.add" of Keras 2.
  switch (operation.replace(/^.*\./, "").toLowerCase()) {
    case "add":
      return affine(name, undefined, numbers);
    case "sub":
    case "subtract":
      return isReversed
        ? affine(name, [-1], numbers)
        : affine(name, undefined, negative);
    case "mul":
    case "multiply":
      return affine(name, numbers);
    case "div":
    case "divide":
    case "truediv":
    case "realdiv":
    case "truedivide":
      if (isReversed) return undefined;
      return affine(name, numbers.map((it) => 1 / it));
    default:
      return undefined;
  }
}

/** An operation as TensorFlow before 2.4 saves it: as a graph node. */
function readGraphOperation(place: LayerPlace): Affine | undefined {
  const { config, operands } = place.layer;
  const { node_def, constants } = config;
  const operation = typeof node_def === "object" && node_def !== null
    ? textOf((node_def as { readonly op?: unknown }).op)
    // Some versions write the node as a string.
    : /"op": ?"(\w+)"/.exec(textOf(node_def))?.[1] ?? "";
  // { "1": 127.5 }: the second operand is a number.
  const [at, value] = isObject(constants)
    ? Object.entries(constants)[0] ?? []
    : [];
  const numbers = numbersOf(value) ?? null;
  const [read] = operands;
  if (operands.length !== 1 || read === undefined) return undefined;
  return readOperation(
    place,
    operation.replace(/V2$/, ""),
    at === "0" ? [numbers, read] : [read, numbers],
  );
}

/** `(x - mean) / sqrt(variance)`, from its configuration or its weights. */
function readNormalization(
  place: LayerPlace,
  find: FindTensor,
): Affine | undefined {
  const { config } = place.layer;
  if (config.invert === true || !isChannels(config.axis)) return undefined;
  const name = nameOf(place);
  const read = (variable: string, index: number) => {
    const numbers = numbersOf(config[variable]);
    if (numbers !== undefined) return constantTensor(name, numbers);
    return config[variable] === undefined || config[variable] === null
      ? tensorOf(find, place, { name: variable, index })
      : undefined;
  };
  const mean = read("mean", 0)?.read();
  const variance = read("variance", 1)?.read();
  if (mean === undefined || variance?.length !== mean.length) return undefined;
  const EPSILON = 1e-7; // `keras.backend.epsilon()`
  const scale = Array.from(
    variance,
    (it) => 1 / Math.max(Math.sqrt(it), EPSILON),
  );
  return affine(name, scale, scale.map((it, i) => -it * mean[i]!));
}

/** Whether the axis is the last one, or absent: one value for all. */
function isChannels(axes: unknown): boolean {
  const axis = onlyOf(axes);
  return axis === undefined || axis === null || axis === -1 || axis === 3;
}

function affine(
  name: string,
  scale?: readonly number[],
  offset?: readonly number[],
): Affine {
  return {
    scale: scale && constantTensor(`${name}/scale`, scale),
    offset: offset && constantTensor(`${name}/offset`, offset),
  };
}

function constantTensor(
  name: string,
  values: readonly number[],
): ForeignTensor {
  const floats = Float32Array.from(values);
  if (!floats.every(Number.isFinite)) {
    throw new CorruptWeightsError(
      `Cannot import the Keras layer "${name}" as its numbers must be finite: they are [${
        values.slice(0, 3)
      }]`,
    );
  }
  return { name, shape: [floats.length], read: () => floats.slice() };
}
