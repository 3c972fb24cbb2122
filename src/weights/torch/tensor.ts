import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import {
  type FloatEntry,
  isFloatDtype,
  readFloats,
} from "../safetensors/floats.ts";
import {
  type Pickled,
  PickledName,
  PickledObject,
  PickledReference,
} from "./pickled.ts";

/** A tensor in a PyTorch file. */
export interface TorchTensor extends ForeignTensor {
  /** As named in safetensors, or a description of an unsupported kind. */
  readonly dtype: string;
  /** Equal for tensors that are the same view of the same storage. */
  readonly place: string;
}

/** A tensor without its name. */
export type UnnamedTensor = Omit<TorchTensor, "name">;

/** A flat array of values. Tensors are views of it. */
export interface TorchStorage {
  readonly key: string;
  readonly dtype: string;
  /** Bytes per value. */
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** Finds the storage that a reference in a pickle refers to. */
export type FindStorage = (reference: PickledReference) => TorchStorage;

/** The name of the class or function that created an object. */
export function madeBy({ callee }: PickledObject): string {
  if (callee instanceof PickledName) return callee.name;
  // Files before PyTorch 1.6 store a module's source with its class.
  const id = callee instanceof PickledReference ? callee.id : callee;
  const name = Array.isArray(id) && id[0] === "module" ? id[1] : undefined;
  return name instanceof PickledName ? name.name : "an unknown class";
}

/** The value as a tensor; `undefined` if it is something else. */
export function asTensor(
  value: Pickled,
  find: FindStorage,
): UnnamedTensor | undefined {
  // A parameter wraps a tensor, and tensors of subclasses are built in two steps.
  for (let depth = 0; depth < 4; depth++) {
    if (!(value instanceof PickledObject)) return undefined;
    const { args } = value;
    if (!Array.isArray(args)) return undefined;
    const [first = null, , third = null] = args;
    switch (madeBy(value)) {
      case "torch._utils._rebuild_parameter":
      case "torch._utils._rebuild_parameter_with_state":
        value = first;
        break;
      case "torch._tensor._rebuild_from_type_v2":
      case "torch._tensor._rebuild_from_type":
      case "torch.tensor._rebuild_from_type":
        value = new PickledObject(first, third);
        break;
      case "torch._utils._rebuild_tensor_v2":
      case "torch._utils._rebuild_tensor":
        return asView(args, find);
      default:
        return /^torch\._utils\._rebuild_/.test(madeBy(value))
          ? unreadable(madeBy(value))
          : undefined;
    }
  }
  return undefined;
}

function unreadable(callee: string): UnnamedTensor {
  const kind = callee.match(/_rebuild_(q|sparse|meta|nested|wrapper)/)?.[1];
  const dtype = kind === "q" ? "quantized" : kind ?? `made by ${callee}`;
  return {
    dtype,
    shape: [],
    place: "",
    read() {
      throw new CorruptWeightsError(`Cannot read a tensor that is ${dtype}`);
    },
  };
}

/** The tensor as a view of a storage: `[storage, offset, extents, strides, ...]`. */
function asView(args: readonly Pickled[], find: FindStorage): UnnamedTensor {
  const [reference, offset, shape, strides] = args;
  const areSound = reference instanceof PickledReference && isCount(offset) &&
    areCounts(shape) && areCounts(strides) && shape.length === strides.length;
  if (!areSound) {
    throw new CorruptWeightsError(
      "Cannot read a tensor as it must have a storage, an offset, extents and strides",
    );
  }
  const { key, dtype, size, bytes } = find(reference);
  const count = shape.reduce((a, b) => a * b, 1);
  const span = count === 0
    ? 0
    : shape.reduce((sum, extent, i) => sum + (extent - 1) * strides[i]!, 1);
  const most = Math.floor(bytes.length / size);
  // With overlapping strides, a small file could claim a huge tensor.
  if (!(offset + span <= most && count <= most)) {
    throw new CorruptWeightsError(
      `Cannot read a tensor of shape [${shape}] as its values must lie in the ${most} of its storage`,
    );
  }
  return {
    dtype,
    shape,
    place: `${key}:${offset}:${shape}:${strides}`,
    read() {
      const isFloat = isFloatDtype(dtype);
      const entry = {
        dtype: isFloat ? dtype : "F32",
        offset: offset * size,
        length: span * size,
      } satisfies Omit<FloatEntry, "name" | "shape">;
      return inOrder(readFloats(entry, bytes), shape, strides, count);
    },
  };
}

/** Row-major values of a view that may be transposed, as with `channels_last`. */
function inOrder(
  values: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  strides: readonly number[],
  count: number,
): Float32Array<ArrayBuffer> {
  let step = 1;
  const isRowMajor = shape.every((_, i) => {
    const axis = shape.length - 1 - i;
    const fits = shape[axis] === 1 || strides[axis] === step;
    step *= shape[axis]!;
    return fits;
  });
  if (isRowMajor) return values;
  const result = new Float32Array(count);
  const index = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < count; i++) {
    result[i] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function areCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= MAX_AXES &&
    value.every(isCount);
}

const MAX_AXES = 8;
