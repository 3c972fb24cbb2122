import type { ForeignTensor } from "./graph.ts";

/** A tensor whose axis `i` is axis `order[i]` of `tensor`. */
export function transposed(
  tensor: ForeignTensor,
  order: readonly number[],
): ForeignTensor {
  const { name, shape } = tensor;
  return {
    name,
    shape: order.map((axis) => shape[axis]!),
    read: () => transpose(tensor.read(), shape, order),
  };
}

function transpose(
  values: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  order: readonly number[],
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(values.length);
  let to = 0;
  /** Writes the values at `from` along the axes `order[i]` and later. */
  const write = (i: number, from: number) => {
    if (i === order.length) {
      result[to++] = values[from]!;
      return;
    }
    const axis = order[i]!;
    const step = product(shape.slice(axis + 1));
    const end = from + shape[axis]! * step;
    if (i < order.length - 1) {
      for (let at = from; at < end; at += step) write(i + 1, at);
    } else {
      for (let at = from; at < end; at += step) result[to++] = values[at]!;
    }
  };
  if (values.length > 0) write(0, 0);
  return result;
}

function product(extents: readonly number[]): number {
  return extents.reduce((product, extent) => product * extent, 1);
}
