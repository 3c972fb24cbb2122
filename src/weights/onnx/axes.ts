/**
 * Operators that rearrange axes without computing anything.
 *
 * @module
 */
import { transposed } from "../foreign/transpose.ts";
import { Unread } from "../foreign/unread.ts";
import { intOf, intsOf, settingOf } from "./attributes.ts";
import type { Constant } from "./tensor.ts";
import {
  type Activation,
  activationAt,
  type Extents,
  type Known,
  nodeKind,
  type Reading,
  type Value,
} from "./values.ts";

/** Maximum number of values in a shape, or in a vector computed from one. */
const MOST = 8;

export function transpose(reading: Reading): Value {
  const [value] = reading.inputs;
  const rank = value?.kind === "constant"
    ? value.tensor.shape.length
    : activationAt(reading, 0).layout.length;
  const order = intsOf(reading.node, "perm") ??
    Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const sorted = [...order].sort().join();
  if (
    sorted !== Array.from(order, (_, i) => i).join() || order.length !== rank
  ) {
    throw new Unread(`a Transpose by [${order}]`);
  }
  if (value?.kind === "constant") {
    return constant({ ...value.tensor, ...transposed(value.tensor, order) });
  }
  const x = activationAt(reading, 0);
  return { ...x, layout: order.map((axis) => x.layout[axis]).join("") };
}

/** Flattens each image to a vector. */
export function flatten(reading: Reading): Activation {
  const x = activationAt(reading, 0);
  const rank = x.layout.length;
  if ((intOf(reading.node, "axis", 1) + rank) % rank !== 1) {
    throw new Unread("a Flatten of more than one image");
  }
  return flat(reading, x);
}

function flat(reading: Reading, x: Activation): Activation {
  if (x.layout === "NC") return x;
  const order = x.layout.replaceAll("1", "");
  const isFirst = order === "NCHW";
  if (!isFirst && order !== "NHWC" && order !== "NC") {
    throw new Unread(`${nodeKind(reading)} of the axes ${x.layout}`);
  }
  const key = order === "NC" ? x.key : reading.add({
    op: "flatten",
    input: x.key,
    order: isFirst ? "channel-height-width" : "height-width-channel",
  });
  return { kind: "activation", key, layout: "NC", size: x.size };
}

/** A flattening, or for a single pixel its reverse; for constants, any reshape. */
export function reshape(reading: Reading): Value {
  const [value, target] = reading.inputs;
  if (value?.kind === "extents") return value;
  if (value?.kind === "constant") return reshapeConstant(reading, value);
  const x = activationAt(reading, 0);
  const extents = target?.kind === "extents"
    ? target.values
    : target?.kind === "constant"
    ? target.tensor.ints(MOST)
    : [];
  const [images, ...rest] = extents;
  const large = rest.findIndex((it) => it !== 1);
  // -1 means "inferred", 0 means "unchanged".
  if (rest.length > 0 && images !== null && rest.every((it) => it !== "N")) {
    if (rest.length === 1) return flat(reading, x);
    const isPixel = !/[HW]/.test(x.layout) || String(x.size) === "1,1";
    if (isPixel && rest.every((it, i) => it === 1 || i === large)) {
      const ones = rest.map((_, i) => i === large ? "C" : "1").join("");
      return { ...x, layout: named(`N${ones}`) };
    }
  }
  throw new Unread(`a Reshape to [${extents.map((it) => it ?? "?")}]`);
}

function reshapeConstant(reading: Reading, { tensor }: Known): Known {
  const target = reading.inputs[1];
  const extents = target?.kind === "constant" ? target.tensor.ints(MOST) : [];
  const count = product(tensor.shape);
  const known = extents.map((it, i) => it === 0 ? tensor.shape[i] ?? 0 : it);
  const rest = count / product(known.filter((it) => it !== -1));
  const shape = known.map((it) => it === -1 ? rest : it);
  if (target === undefined || product(shape) !== count) {
    throw new Unread(`a Reshape of [${tensor.shape}] to [${extents}]`);
  }
  return constant({ ...tensor, shape });
}

export function squeeze(reading: Reading): Value {
  const [value] = reading.inputs;
  if (value?.kind === "extents") return value;
  const axes = settingOf(reading, "axes", 1);
  if (value?.kind === "constant") {
    const { shape } = value.tensor;
    const kept = shape.filter((extent, i) =>
      axes === undefined ? extent !== 1 : !has(axes, i, shape.length)
    );
    return constant({ ...value.tensor, shape: kept });
  }
  const x = value?.kind === "channel" ? value : activationAt(reading, 0);
  const letters = [...x.layout];
  // Without `axes`, all axes of extent 1 are dropped. Pooled values have one pixel.
  const single = x.kind === "channel" ? /1/ : /[HW1]/;
  const dropped = letters.filter((it, i) =>
    axes === undefined ? single.test(it) : has(axes, i, letters.length)
  );
  const kept = letters.filter((it) => !dropped.includes(it)).join("");
  // A Squeeze of any other extent is invalid, so these axes have extent 1.
  const wrong = x.kind === "channel" ? /[^1]/ : /[NC]/;
  if (!wrong.test(dropped.join(""))) return { ...x, layout: kept };
  throw new Unread(`a Squeeze of the axes ${dropped.join("")}`);
}

export function unsqueeze(reading: Reading): Value {
  const [value] = reading.inputs;
  if (value?.kind === "extents") return value;
  const axes = settingOf(reading, "axes", 1) ?? [];
  if (value?.kind === "constant") {
    const shape = inserted(value.tensor.shape, axes, 1);
    return constant({ ...value.tensor, shape });
  }
  if (value?.kind === "channel") {
    return {
      ...value,
      layout: inserted([...value.layout], axes, "1").join(""),
    };
  }
  const x = activationAt(reading, 0);
  return { ...x, layout: named(inserted([...x.layout], axes, "1").join("")) };
}

/** Names two axes of extent 1 after or before the channels height and width. */
function named(layout: string): string {
  return layout === "NC11" ? "NCHW" : layout === "N11C" ? "NHWC" : layout;
}

function inserted<T>(
  items: readonly T[],
  axes: readonly number[],
  item: T,
): readonly T[] {
  const rest = [...items];
  const rank = items.length + axes.length;
  return Array.from(
    { length: rank },
    (_, i) => has(axes, i, rank) ? item : rest.shift() ?? item,
  );
}

function has(axes: readonly number[], axis: number, rank: number): boolean {
  return axes.includes(axis) || axes.includes(axis - rank);
}

/** The shape of a constant, or of an activation as far as it is known. */
export function shape(reading: Reading): Extents {
  const [value] = reading.inputs;
  const extents = value?.kind === "constant"
    ? value.tensor.shape
    : extentsOf(activationAt(reading, 0));
  const start = intOf(reading.node, "start", 0);
  const end = intOf(reading.node, "end", extents.length);
  return { kind: "extents", values: extents.slice(start, end) };
}

function extentsOf({ layout, size }: Activation): Extents["values"] {
  const known: Record<string, "N" | number | null> = {
    N: "N",
    H: size[0],
    W: size[1],
    "1": 1,
  };
  return [...layout].map((it) => known[it] ?? null);
}

/** Maximum size of an expanded constant: more than the classes of any model. */
const MOST_EXPANDED = 2 ** 16;

/** Repeats a single number, as for biases; or keeps one number of a shape unchanged. */
export function expand(reading: Reading): Value {
  const [value, target] = reading.inputs;
  const extents = target?.kind === "extents"
    ? target.values
    : target?.kind === "constant"
    ? target.tensor.ints(MOST)
    : [];
  const shape = extents.map((it) => typeof it === "number" ? it : NaN);
  const count = product(shape);
  if (value?.kind === "extents" && count === 1) return value;
  const isOne = value?.kind === "constant" && product(value.tensor.shape) === 1;
  const isShape = target?.kind === "extents" || target?.kind === "constant";
  if (!isShape || !isOne || !(count <= MOST_EXPANDED)) {
    throw new Unread(`an Expand to [${extents.map((it) => it ?? "?")}]`);
  }
  const { tensor } = value;
  return constant({
    ...tensor,
    shape,
    read: () => new Float32Array(count).fill(tensor.read()[0]!),
    ints: () => Array<number>(count).fill(tensor.ints(1)[0]!),
  });
}

export function constant(tensor: Constant): Known {
  return { kind: "constant", tensor };
}

function product(extents: readonly number[]): number {
  return extents.reduce((product, extent) => product * extent, 1);
}
