/**
 * TFLite files with arbitrary operators, for tests of their reader.
 *
 * @module
 */
import {
  byte,
  data,
  encodeFlatbuffer,
  type Field,
  floats,
  int,
  ints,
  type Item,
  longs,
  offset,
  table,
  text,
  vector,
} from "../../../src/export/tflite/encode_flatbuffer.ts";

export interface Tensor {
  readonly shape: readonly number[];
  /** `TensorType`; float32 by default. */
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
  /** Names of tensors; `""` for an omitted one. */
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

/** Makes a TFLite file; by default its input is `x` and its output `y`. */
export function tfliteFile(
  { tensors, operators, inputs = ["x"], outputs = ["y"], version = 3 }:
    TfliteParts,
): Uint8Array<ArrayBuffer> {
  const names = Object.keys(tensors);
  const numbers = (of: readonly string[]) =>
    offset(ints(of.map((it) => names.indexOf(it))));
  const buffers = Object.values(tensors).map(({ values }) => {
    const bytes = values
      ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
      : new Uint8Array();
    return table(
      offset(data({ byteLength: bytes.length, bytes: () => bytes })),
    );
  });
  const tables = Object.entries(tensors).map(([name, tensor], i) =>
    table(
      offset(ints(tensor.shape)),
      byte(tensor.type ?? 0),
      int(i),
      offset(text(name)),
      tensor.scales && offset(quantize(tensor)),
      undefined,
      tensor.isSparse ? offset(table()) : undefined,
    )
  );
  const operations = operators.map(({ inputs, output, options }, i) =>
    table(
      int(i),
      numbers(inputs),
      numbers([output]),
      byte(1),
      options && offset(table(...options)),
    )
  );
  const graph = table(
    offset(vector(tables)),
    numbers(inputs),
    numbers(outputs),
    offset(vector(operations)),
  );
  const codes = operators.map(({ code, custom }) =>
    table(
      byte(Math.min(code, 127)),
      custom === undefined ? undefined : offset(text(custom)),
      int(1),
      int(code),
    )
  );
  const model = table(
    int(version),
    offset(vector(codes)),
    offset(vector([graph])),
    undefined,
    offset(vector(buffers)),
  );
  return flatFile(model);
}

function quantize({ scales = [], zeros, axis = 0 }: Tensor): Item {
  return table(
    undefined,
    undefined,
    offset(floats(scales)),
    zeros && offset(longs(zeros)),
    undefined,
    undefined,
    int(axis),
  );
}

/** The bytes of a FlatBuffers file with this root. */
export function flatFile(root: Item): Uint8Array<ArrayBuffer> {
  const parts = encodeFlatbuffer(root, "TFL3");
  const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const file = new Uint8Array(length);
  let end = 0;
  for (const part of parts) {
    file.set(part instanceof Uint8Array ? part : part.bytes(), end);
    end += part.byteLength;
  }
  return file;
}
