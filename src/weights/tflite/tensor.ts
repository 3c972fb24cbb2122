/**
 * The constant tensors in a TFLite file.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import { float16ToFloat32 } from "../safetensors/floats.ts";
import type { TfliteTensor } from "./model.ts";

/** `TensorType`. */
export const FLOAT32 = 0;
export const UINT8 = 3;
export const INT8 = 9;

const FLOATS: ReadonlySet<number> = new Set([FLOAT32, 1, 10]);

/** Bytes per value and decoder, by `TensorType`. */
const TYPES: ReadonlyMap<
  number,
  readonly [bytes: number, decode: (it: ArrayBuffer) => ArrayLike<number>]
> = new Map([
  [FLOAT32, [4, (it: ArrayBuffer) => new Float32Array(it)]],
  [1, [2, (it: ArrayBuffer) => float16ToFloat32(new Uint16Array(it))]],
  [2, [4, (it: ArrayBuffer) => new Int32Array(it)]],
  [UINT8, [1, (it: ArrayBuffer) => new Uint8Array(it)]],
  [4, [8, (it: ArrayBuffer) => Array.from(new BigInt64Array(it), Number)]],
  [7, [2, (it: ArrayBuffer) => new Int16Array(it)]],
  [INT8, [1, (it: ArrayBuffer) => new Int8Array(it)]],
  [10, [8, (it: ArrayBuffer) => new Float64Array(it)]],
]);

/** Weights as floats, dequantized if necessary. */
export function weightsOf(tensor: TfliteTensor): ForeignTensor {
  const decode = decoderOf(tensor);
  const { name, shape } = tensor;
  const quantization = quantizationOf(tensor);
  return {
    name,
    shape,
    read() {
      const values = Float32Array.from(decode());
      return quantization === undefined
        ? values
        : dequantize(values, shape, quantization());
    },
  };
}

/** Integers, such as axes. Throws if there are more than `most`. */
export function intsOf(tensor: TfliteTensor, most: number): number[] {
  const decode = decoderOf(tensor);
  if ((tensor.type !== 2 && tensor.type !== 4) || count(tensor.shape) > most) {
    throw fault(tensor, `it must have <= ${most} whole numbers`);
  }
  return Array.from(decode());
}

/** Checks a tensor's type and size, and returns a function that decodes its values. */
function decoderOf(tensor: TfliteTensor): () => ArrayLike<number> {
  const { type, shape, bytes, isSparse } = tensor;
  if (isSparse) {
    throw fault(
      tensor,
      "its values must all be there: it is sparse; convert the model without sparsity",
    );
  }
  const [size, decode] = TYPES.get(type) ?? [];
  if (size === undefined || decode === undefined) {
    throw fault(
      tensor,
      `its type must be a float or whole numbers of 8 bits or more: it is ${type} in TensorType`,
    );
  }
  const expected = count(shape) * size;
  if (bytes.length !== expected) {
    throw fault(
      tensor,
      `of shape [${shape}] it must have ${expected} bytes: it has ${bytes.length}`,
    );
  }
  // Copies, as the tensor may not be aligned.
  return () => decode(new Uint8Array(bytes).buffer);
}

/** Integers `q` represent `(q - zero) * scale`, per tensor or per index of an axis. */
interface Quantization {
  readonly scales: readonly number[];
  readonly zeros: readonly number[];
  readonly axis: number;
}

/** Checks a tensor's quantization, and returns a function to read it; `undefined` if none. */
export function quantizationOf(
  tensor: TfliteTensor,
): (() => Quantization) | undefined {
  const { type, shape, quantization: table } = tensor;
  const [scales, zeros] = [table?.count(2) ?? 0, table?.count(3) ?? 0];
  if (FLOATS.has(type) || table === undefined || scales === 0) return undefined;
  const axis = table.int(6);
  const isEach = scales === shape[axis];
  if ((scales !== 1 && !isEach) || (zeros > 1 && zeros !== scales)) {
    throw fault(
      tensor,
      `it must have one scale, or one for each index of axis ${axis}: its shape is [${shape}], and it has ${scales} with ${zeros} zero points`,
    );
  }
  return () => ({
    scales: table.floats(2, scales),
    zeros: table.longs(3, zeros),
    axis,
  });
}

function dequantize(
  values: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  { scales, zeros, axis }: Quantization,
): Float32Array<ArrayBuffer> {
  const inner = count(shape.slice(axis + 1));
  for (let i = 0; i < values.length; i++) {
    const c = Math.floor(i / inner);
    const zero = zeros.length > 0 ? zeros[c % zeros.length]! : 0;
    values[i] = (values[i]! - zero) * scales[c % scales.length]!;
  }
  return values;
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function fault({ name }: TfliteTensor, must: string): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot read the TFLite tensor "${name}" as ${must}`,
  );
}
