/**
 * The tables of a TFLite file (`schema.fbs` of TensorFlow Lite).
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import { flatRoot, type FlatTable } from "../flatbuffers.ts";
import { TruncatedError } from "../truncated.ts";

/** A TFLite file, limited to the parts of a network without control flow. */
export interface TfliteModel {
  readonly tensors: readonly TfliteTensor[];
  /** In execution order. */
  readonly operators: readonly TfliteOperator[];
  /** Tensor numbers. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Bytes by name. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

export interface TfliteTensor {
  /** For errors. */
  readonly name: string;
  /** `TensorType`. */
  readonly type: number;
  readonly shape: readonly number[];
  /** Like `shape`, with -1 for an extent that isn't fixed. */
  readonly signature: readonly number[];
  /** Its constant values; empty if it is computed. */
  readonly bytes: Uint8Array;
  readonly quantization: FlatTable | undefined;
  readonly isSparse: boolean;
}

export interface TfliteOperator {
  /** `BuiltinOperator`. */
  readonly code: number;
  /** The name of a custom operator. */
  readonly customCode: string;
  /** Tensor numbers; -1 for an omitted input. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: FlatTable | undefined;
}

/** Maximum length of a list of tables. Inception-v3 has 127 operators and 330 tensors. */
const MAX_TABLES = 2048;
/** Maximum number of inputs of an operator. Our concatenations have 6. */
const MAX_INPUTS = 32;
const MAX_RANK = 8;
const MAX_METADATA = 256;
/** Maximum size of a name in an error, in bytes. */
const MAX_NAME = 200;

/** Whether a file begins with TFLite's identifier. */
export function isTflite(start: Uint8Array): boolean {
  return String.fromCharCode(...start.subarray(4, 8)) === "TFL3";
}

export function parseModel(bytes: Uint8Array): TfliteModel {
  const model = flatRoot(bytes, "the TFLite model");
  const version = model.int(0);
  if (version !== 3) {
    throw fault(`its version must be 3: it is ${version}`);
  }
  const [graph] = model.tables(2, "the TFLite graph", MAX_TABLES);
  if (graph === undefined) throw fault("it must have a graph: it is absent");
  const codes = model.tables(1, "a TFLite operator code", MAX_TABLES).map(
    (it) => ({
      // The older field is limited to 127.
      code: Math.max(it.byte(0), it.int(3)),
      customCode: it.text(1, MAX_NAME),
    }),
  );
  const buffers = model.tables(4, "a TFLite buffer", MAX_TABLES);
  const tensors = graph.tables(0, "a TFLite tensor", MAX_TABLES)
    .map((it) => parseTensor(it, buffers, bytes));
  const operators = graph.tables(3, "a TFLite operator", MAX_TABLES)
    .map((it): TfliteOperator => {
      const code = codes[it.int(0)];
      if (code === undefined) {
        throw fault(
          `it must have operator code ${it.int(0)}: it has ${codes.length}`,
        );
      }
      return {
        ...code,
        inputs: it.ints(1, MAX_INPUTS),
        outputs: it.ints(2, MAX_INPUTS),
        options: it.table(4, "a TFLite operator's options"),
      };
    });
  return {
    tensors,
    operators,
    inputs: graph.ints(1, MAX_INPUTS),
    outputs: graph.ints(2, MAX_INPUTS),
    metadata: new Map(
      model.tables(6, "TFLite metadata", MAX_METADATA).map((it) => {
        const buffer = buffers[it.int(1)];
        const content = buffer ? bytesOf(buffer, bytes) : new Uint8Array();
        return [it.text(0, MAX_NAME), content];
      }),
    ),
  };
}

function parseTensor(
  table: FlatTable,
  buffers: readonly FlatTable[],
  file: Uint8Array,
): TfliteTensor {
  const name = table.text(3, MAX_NAME);
  const shape = table.ints(0, MAX_RANK);
  const signature = table.ints(7, MAX_RANK);
  const buffer = buffers[table.int(2)];
  if (buffer === undefined) {
    throw fault(
      `the tensor "${name}" must have buffer ${
        table.int(2)
      }: there are ${buffers.length}`,
    );
  }
  return {
    name,
    type: table.byte(1),
    shape,
    signature: signature.length === shape.length ? signature : shape,
    bytes: bytesOf(buffer, file),
    quantization: table.table(4, "a TFLite tensor's quantization"),
    isSparse: table.table(6, "a TFLite tensor's sparsity") !== undefined,
  };
}

/** The bytes of a buffer: in its table, or after all tables if the file is large. */
function bytesOf(buffer: FlatTable, file: Uint8Array): Uint8Array {
  const [offset, size] = [buffer.long(1), buffer.long(2)];
  if (offset <= 1) return buffer.bytes(0);
  if (size >= 0 && offset + size <= file.length) {
    return file.subarray(offset, offset + size);
  }
  throw new TruncatedError(
    `Cannot read the TFLite model as its buffer at byte ${offset} must lie in the file: it has ${file.length}`,
  );
}

function fault(must: string): CorruptWeightsError {
  return new CorruptWeightsError(`Cannot read the TFLite model as ${must}`);
}
