/**
 * The supported TFLite operators. Names and options are those of `schema.fbs`.
 *
 * @module
 */
import type { ForeignPadding, ForeignTensor } from "../foreign/graph.ts";
import { transposed } from "../foreign/transpose.ts";
import { assertPerChannel, Unread } from "../foreign/unread.ts";
import {
  type Activation,
  activationAt,
  intsAt,
  paddedAt,
  type Pads,
  type Reading,
  tensorAt,
  type Value,
  weightsAt,
} from "./values.ts";

export type Operator = (reading: Reading) => Value;

export const OPERATORS: ReadonlyMap<string, Operator> = new Map<
  string,
  Operator
>([
  ["ADD", arithmetic],
  ["AVERAGE_POOL_2D", pool("mean")],
  ["CAST", identity],
  ["CONCATENATION", concat],
  ["CONV_2D", conv],
  ["DEQUANTIZE", identity],
  ["DIV", arithmetic],
  ["EXPAND_DIMS", reshape],
  ["FULLY_CONNECTED", dense],
  ["LOGISTIC", activation("sigmoid")],
  ["MAX_POOL_2D", pool("max")],
  ["MEAN", reduce("mean")],
  ["MUL", arithmetic],
  ["PACK", ofShape],
  ["PAD", pad],
  ["PADV2", pad],
  ["QUANTIZE", identity],
  ["REDUCE_MAX", reduce("max")],
  ["RELU", activation("relu")],
  ["RESHAPE", reshape],
  ["SHAPE", () => ({ kind: "shape" })],
  ["SOFTMAX", softmax],
  ["SQUEEZE", reshape],
  ["STRIDED_SLICE", ofShape],
  ["SUB", arithmetic],
  ["TRANSPOSE", transpose],
  // Activations that the error names when it refuses the model.
  ...["ELU", "HARD_SWISH", "LEAKY_RELU", "LOG_SOFTMAX", "RELU6", "TANH"]
    .map((it): [string, Operator] => [it, activation(it)]),
]);

function conv(reading: Reading): Activation {
  const { options, add } = reading;
  const x = paddedAt(reading, 0, "NHWC");
  const weight = weightsAt(reading, 1);
  if (weight.shape.length !== 4) {
    throw new Unread("CONV_2D of other axes than 4");
  }
  const key = add({
    op: "conv",
    input: x.key,
    kernel: transposed(weight, [1, 2, 3, 0]),
    bias: biasAt(reading),
    stride: strideOf(reading),
    padding: paddingOf(reading, x.pads),
    dilation: [options?.int(5, 1) ?? 1, options?.int(4, 1) ?? 1],
  }, options?.byte(3));
  return { kind: "activation", key, layout: "NHWC" };
}

function biasAt(reading: Reading): ForeignTensor | undefined {
  return reading.inputs[2] && weightsAt(reading, 2);
}

function pool(kind: "mean" | "max"): Operator {
  return (reading) => {
    const { options, add } = reading;
    const x = paddedAt(reading, 0, "NHWC");
    const padding = paddingOf(reading, x.pads);
    // Explicit zeros may be the maximum, unlike a pool's own padding.
    if (x.pads !== undefined && kind === "max") {
      throw new Unread("MAX_POOL_2D of a padded value");
    }
    const key = add({
      op: "pool",
      input: x.key,
      kind,
      size: [options?.int(4) ?? 0, options?.int(3) ?? 0],
      stride: strideOf(reading),
      padding,
      // A mean doesn't count TFLite's own padding, but counts the zeros of a PAD.
      ...kind === "mean" && padding !== "valid" &&
        { countIncludePad: x.pads !== undefined },
    }, options?.byte(5));
    return { kind: "activation", key, layout: "NHWC" };
  };
}

/** All operators with windows have the same first options. */
function strideOf({ options }: Reading): readonly [number, number] {
  return [options?.int(2) ?? 0, options?.int(1) ?? 0];
}

function paddingOf({ op, options }: Reading, pads?: Pads): ForeignPadding {
  const [SAME, VALID] = [0, 1];
  const padding = options?.byte(0) ?? SAME;
  if (padding === VALID) return pads ?? "valid";
  if (padding === SAME && pads === undefined) return "same";
  throw new Unread(`${op} with padding ${padding} of a padded value`);
}

function pad(reading: Reading): Activation {
  const x = activationAt(reading, 0, "NHWC");
  const [
    ,
    ,
    top = 0,
    bottom = 0,
    left = 0,
    right = 0,
    ...channels
  ] = intsAt(reading, 1);
  const [images, imagesEnd] = intsAt(reading, 1);
  const value = tensorAt(reading, 2) && weightsAt(reading, 2).read()[0];
  const others = [images, imagesEnd, ...channels];
  const pads: Pads = [top, left, bottom, right];
  if (
    others.length !== 4 || others.some((it) => it !== 0) ||
    (value ?? 0) !== 0 ||
    pads.some((it) => it < 0)
  ) {
    throw new Unread(
      `${reading.op} of something else than zeros around the image`,
    );
  }
  return { ...x, pads };
}

function concat(reading: Reading): Activation {
  const { inputs, options, add, output } = reading;
  const parts = inputs.map((_, i) => activationAt(reading, i, "NHWC"));
  const axis = options?.int(0) ?? 0;
  if (axis !== 3 && axis !== -1 || output.shape.length !== 4) {
    throw new Unread(`CONCATENATION along axis ${axis} instead of 3`);
  }
  const key = add(
    { op: "concat", inputs: parts.map((it) => it.key) },
    options?.byte(1),
  );
  return { kind: "activation", key, layout: "NHWC" };
}

/** The mean or maximum over all pixels. */
function reduce(kind: "mean" | "max"): Operator {
  return (reading) => {
    const x = activationAt(reading, 0);
    const rank = x.layout.length;
    const axes = intsAt(reading, 1).map((it) => x.layout[(it + rank) % rank]);
    if (axes.sort().join("") !== "HW") {
      throw new Unread(
        `${reading.op} of the axes ${axes.join("")} instead of HW`,
      );
    }
    const key = reading.add({ op: "globalPool", input: x.key, kind });
    const keeps = reading.options?.byte(0) === 1;
    const layout = keeps ? x.layout : "NC";
    return { kind: "activation", key, layout };
  };
}

function dense(reading: Reading): Activation {
  const { options, add } = reading;
  const x = flat(reading, activationAt(reading, 0));
  const weight = weightsAt(reading, 1);
  if (weight.shape.length !== 2 || options?.byte(1) || options?.byte(2)) {
    throw new Unread("FULLY_CONNECTED in another layout than [units, inputs]");
  }
  const key = add({
    op: "dense",
    input: x.key,
    kernel: transposed(weight, [1, 0]),
    bias: biasAt(reading),
  }, options?.byte(0));
  return { kind: "activation", key, layout: "NC" };
}

/** An operator that only changes axes: to a flat vector, or to a grid of one pixel. */
function reshape(reading: Reading): Value {
  if (reading.inputs[0]?.kind === "shape") return reading.inputs[0];
  const x = activationAt(reading, 0);
  const { op, output: { shape } } = reading;
  if (shape.length === 2) return flat(reading, x);
  const isPixel = x.layout === "NC" && shape[1] === 1 && shape[2] === 1;
  if (shape.length === 4 && isPixel) return { ...x, layout: "NHWC" };
  throw new Unread(`${op} to [${shape}]`);
}

function flat({ op, add }: Reading, x: Activation): Activation {
  if (x.layout === "NC") return x;
  if (x.layout !== "NHWC" && x.layout !== "NCHW") {
    throw new Unread(`${op} of the axes ${x.layout}`);
  }
  const key = add({
    op: "flatten",
    input: x.key,
    order: x.layout === "NHWC"
      ? "height-width-channel"
      : "channel-height-width",
  });
  return { kind: "activation", key, layout: "NC" };
}

function transpose(reading: Reading): Activation {
  const x = activationAt(reading, 0);
  const order = intsAt(reading, 1);
  if ([...order].sort().join() !== Object.keys([...x.layout]).join()) {
    throw new Unread(`TRANSPOSE by [${order}]`);
  }
  return { ...x, layout: order.map((axis) => x.layout[axis]).join("") };
}

/** An operator that computes a shape from another shape. */
function ofShape({ op, inputs }: Reading): Value {
  const shape = inputs.find((it) => it?.kind === "shape");
  if (shape !== undefined) return shape;
  throw new Unread(`${op} of values that aren't a shape`);
}

function identity(reading: Reading): Value {
  const [value] = reading.inputs;
  // Weights are dequantized when they are read, so this applies to DEQUANTIZE, too.
  if (value !== undefined) return value;
  throw new Unread(`${reading.op} of nothing`);
}

function activation(name: string): Operator {
  return (reading) => {
    const x = activationAt(reading, 0);
    const key = reading.add({
      op: "activation",
      input: x.key,
      activation: name,
    });
    return { ...x, key };
  };
}

function softmax(reading: Reading): Value {
  const beta = reading.options?.float(0) ?? 0;
  if (beta !== 1) throw new Unread(`SOFTMAX with a beta of ${beta}`);
  return activation("softmax")(reading);
}

/** An operation with a constant of one value, or one per channel. */
function arithmetic(reading: Reading): Activation {
  const { op, inputs, options, add } = reading;
  const isFirst = inputs[1]?.kind === "constant";
  const x = activationAt(reading, isFirst ? 0 : 1);
  if (!isFirst && inputs[0]?.kind !== "constant") {
    throw new Unread(`${op} of two computed values`);
  }
  const constant = weightsAt(reading, isFirst ? 1 : 0);
  assertPerChannel(op, constant, x.layout);
  if (op === "DIV" && !isFirst) throw new Unread("DIV by computed values");
  const derived = (f: (value: number) => number): ForeignTensor => ({
    name: constant.name,
    shape: [constant.shape.reduce((product, extent) => product * extent, 1)],
    read: () => constant.read().map(f),
  });
  const isSum = op === "ADD" || op === "SUB";
  const minus = op === "SUB" && !isFirst;
  const key = add({
    op: "affine",
    input: x.key,
    scale: isSum
      ? minus ? derived(() => -1) : undefined
      : derived((it) => op === "DIV" ? 1 / it : it),
    offset: isSum
      ? derived((it) => op === "SUB" && isFirst ? -it : it)
      : undefined,
  }, options?.byte(0));
  return { ...x, key };
}
