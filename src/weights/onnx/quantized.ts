/**
 * Quantized weights and activations: integers `q` that represent `(q - zero) * scale`.
 * Weights are dequantized to floats, and the rounding of activations is skipped.
 *
 * @module
 */
import { Unread } from "../foreign/unread.ts";
import { intOf } from "./attributes.ts";
import { constant } from "./axes.ts";
import {
  type Activation,
  constantAt,
  type Known,
  nodeKind,
  paddedAt,
  type Reading,
  type Value,
  weightsAt,
} from "./values.ts";
import type { Constant } from "./tensor.ts";

export function dequantize(reading: Reading): Value {
  return floatsAt(reading, 0, intOf(reading.node, "axis", 1));
}

/**
 * Dequantizes an input. The next two inputs are its scale and its zero point.
 *
 * @param axis The axis of the scales, if weights have more than one.
 */
export function floatsAt(reading: Reading, index: number, axis: number): Value {
  const value = reading.inputs[index];
  if (value?.kind === "constant") {
    if (value.tensor.isUnrounded) {
      return constant({ ...value.tensor, isUnrounded: false });
    }
    return dequantizeWeights(reading, value.tensor, index, axis);
  }
  if (value?.kind === "channel") return value;
  return dequantizeBytes(reading, index);
}

export function quantize(reading: Reading): Value {
  const [value] = reading.inputs;
  if (value?.kind === "channel") return value;
  if (value?.kind === "constant") {
    return constant({ ...value.tensor, isUnrounded: true });
  }
  return roundedTo(reading, paddedAt(reading, 0), 2);
}

/**
 * Reads the quantization of an activation, without rounding it: a later node dequantizes it
 * again. If the zero point is the smallest integer, the quantization also acts as the ReLU of
 * the layer before, which quantizers then omit.
 *
 * @param index The index of the input with the zero point.
 */
export function roundedTo(
  reading: Reading,
  x: Activation,
  index: number,
): Activation {
  const zero = constantAt(reading, index);
  const isLeast = zero === undefined || zero.read()[0] === zero.least;
  if (!isLeast || x.isImage || !x.isLinear) return x;
  const key = reading.add({
    op: "activation",
    input: x.key,
    activation: "relu",
  });
  return { ...x, key, isLinear: false };
}

/** Dequantizes an image in bytes. Other activations are still floats and stay unchanged. */
function dequantizeBytes(reading: Reading, index: number): Activation {
  const x = paddedAt(reading, index);
  if (!x.isBytes) return x;
  const scale = weightsAt(reading, index + 1);
  const zero = constantAt(reading, index + 2);
  if (countOf(scale) !== 1) {
    throw new Unread(`${nodeKind(reading)} with a scale of [${scale.shape}]`);
  }
  const key = reading.add({
    op: "affine",
    input: x.key,
    scale: { name: scale.name, shape: [1], read: () => scale.read() },
    offset: {
      name: scale.name,
      shape: [1],
      read: () => scale.read().map((it) => -it * (zero?.read()[0] ?? 0)),
    },
  });
  return { ...x, key, isBytes: false };
}

/** Dequantizes weights, with one scale and zero point, or one per index of an axis. */
function dequantizeWeights(
  reading: Reading,
  tensor: Constant,
  index: number,
  axisOfScales: number,
): Known {
  const { shape } = tensor;
  const scale = weightsAt(reading, index + 1);
  const zero = constantAt(reading, index + 2);
  const rank = Math.max(shape.length, 1);
  const axis = (axisOfScales + rank) % rank;
  const count = countOf(scale);
  const isEach = scale.shape.length === 1 && count === shape[axis];
  if (!isEach && count !== 1) {
    throw new Unread(`${nodeKind(reading)} with a scale of [${scale.shape}]`);
  }
  if (zero !== undefined && countOf(zero) !== count) {
    throw new Unread(
      `${nodeKind(reading)} with a zero point of [${zero.shape}]`,
    );
  }
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  return constant({
    name: tensor.name,
    shape,
    ints: tensor.ints,
    read() {
      const values = tensor.read();
      const scales = scale.read();
      const zeros = zero?.read();
      return values.map((value, i) => {
        const at = count === 1 ? 0 : Math.floor(i / inner) % count;
        return (value - (zeros?.[at] ?? 0)) * scales[at]!;
      });
    },
  });
}

export function countOf({ shape }: Constant): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
