/**
 * TFLite files of any operators, for tests of their reader.
 *
 * @module
 */
import { Builder, type Offset } from "flatbuffers";
import {
  byte,
  byteVector,
  type Field,
  floatVector,
  int,
  intVector,
  longVector,
  offset,
  table,
  tableVector,
} from "../../../bench/peers/tflite/encode_flatbuffer.ts";

export interface Tensor {
  readonly shape: readonly number[];
  /** `TensorType`; float32 unless given. */
  readonly type?: number;
  readonly values?: ArrayBufferView | undefined;
  readonly scales?: readonly number[];
  readonly zeros?: readonly number[];
  readonly axis?: number;
  readonly isSparse?: boolean;
}

export interface Operator {
  /** `BuiltinOperator`. */
  readonly code: number;
  readonly custom?: string;
  /** Names of tensors; `""` for one that is left out. */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly options?: readonly Field[];
}

export interface TfliteParts {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly operators: readonly Operator[];
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly version?: number;
}

/** A TFLite file; its input is `x` and its output `y` unless given. */
export function tfliteFile(
  { tensors, operators, inputs = ["x"], outputs = ["y"], version = 3 }:
    TfliteParts,
): Uint8Array<ArrayBuffer> {
  const names = Object.keys(tensors);
  const builder = new Builder(2 ** 16);
  const numbers = (of: readonly string[]) =>
    offset(intVector(builder, of.map((it) => names.indexOf(it))));
  const buffers = Object.values(tensors).map(({ values }) => {
    const bytes = values
      ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
      : new Uint8Array();
    return table(builder, offset(byteVector(builder, bytes)));
  });
  const tables = Object.entries(tensors).map(([name, tensor], i) =>
    table(
      builder,
      offset(intVector(builder, tensor.shape)),
      byte(tensor.type ?? 0),
      int(i),
      offset(builder.createString(name)),
      tensor.scales && offset(quantize(builder, tensor)),
      undefined,
      tensor.isSparse ? offset(table(builder)) : undefined,
    )
  );
  const operations = operators.map(({ inputs, output, options }, i) =>
    table(
      builder,
      int(i),
      numbers(inputs),
      numbers([output]),
      byte(1),
      options && offset(table(builder, ...options)),
    )
  );
  const graph = table(
    builder,
    offset(tableVector(builder, tables)),
    numbers(inputs),
    numbers(outputs),
    offset(tableVector(builder, operations)),
  );
  const codes = operators.map(({ code, custom }) =>
    table(
      builder,
      byte(Math.min(code, 127)),
      custom === undefined ? undefined : offset(builder.createString(custom)),
      int(1),
      int(code),
    )
  );
  const model = table(
    builder,
    int(version),
    offset(tableVector(builder, codes)),
    offset(tableVector(builder, [graph])),
    undefined,
    offset(tableVector(builder, buffers)),
  );
  builder.finish(model, "TFL3");
  return builder.asUint8Array() as Uint8Array<ArrayBuffer>;
}

function quantize(
  builder: Builder,
  { scales = [], zeros, axis = 0 }: Tensor,
): Offset {
  return table(
    builder,
    undefined,
    undefined,
    offset(floatVector(builder, scales)),
    zeros && offset(longVector(builder, zeros)),
    undefined,
    undefined,
    int(axis),
  );
}
