/**
 * A `.tflite` file's tables (`schema.fbs` of TensorFlow Lite), as much of them as
 * a network without control flow needs.
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
} from "./encode_flatbuffer.ts";

/** The version of the schema, and how its files begin. */
const VERSION = 3;
const IDENTIFIER = "TFL3";

/** What the file has beside its constants, in bytes, with room to spare. */
const TABLES = 2 ** 20;

/** `TensorType`. */
const ELEMENT_TYPES = { float: 0, int32: 2, uint8: 3, int8: 9 } as const;

/** `BuiltinOperator`, the version that takes our types, `BuiltinOptions`. */
const OPERATORS = {
  AVERAGE_POOL_2D: { code: 1, version: 2, options: 5 },
  CONCATENATION: { code: 2, version: 2, options: 10 },
  CONV_2D: { code: 3, version: 3, options: 1 },
  DEQUANTIZE: { code: 6, version: 2, options: 0 },
  FULLY_CONNECTED: { code: 9, version: 1, options: 8 },
  MAX_POOL_2D: { code: 17, version: 2, options: 5 },
  MUL: { code: 18, version: 1, options: 21 },
  SOFTMAX: { code: 25, version: 1, options: 9 },
  MEAN: { code: 40, version: 1, options: 27 },
  QUANTIZE: { code: 114, version: 2, options: 0 },
} as const;

/** What an operator computes. */
export type Operator = keyof typeof OPERATORS;

/** What a tensor is made of. */
export interface TensorType {
  readonly type: keyof typeof ELEMENT_TYPES;
  /** Of whole numbers. */
  readonly quantization?: Quantization;
}

/** Numbers `q` stand for `(q - zeroPoint) * scale`. */
export interface Quantization {
  /** One, or one for each index of the first axis. */
  readonly scales: ArrayLike<number>;
  readonly zeroPoint: number;
}

/** A network of operators, which is written as a `.tflite` file. */
export class TfliteModel {
  readonly #tensors: {
    readonly name: string;
    readonly shape: readonly number[];
    readonly type: TensorType;
    readonly values: Uint8Array | undefined;
  }[] = [];
  readonly #operators: {
    readonly operator: Operator;
    readonly inputs: readonly number[];
    readonly output: number;
    readonly options: readonly Field[];
  }[] = [];

  /**
   * Adds a tensor.
   *
   * @param values What it is made of, where it is part of the file.
   * @returns Its number, by which operators name it.
   */
  tensor(
    name: string,
    shape: readonly number[],
    type: TensorType,
    values?: ArrayBufferView,
  ): number {
    return this.#tensors.push({
      name,
      shape,
      type,
      values: values &&
        new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    }) - 1;
  }

  /** Adds an operator; `options` are the fields of its table of options. */
  operator(
    operator: Operator,
    inputs: readonly number[],
    output: number,
    ...options: readonly Field[]
  ): void {
    this.#operators.push({ operator, inputs, output, options });
  }

  /** The file. */
  encode(
    inputs: readonly number[],
    outputs: readonly number[],
  ): Uint8Array<ArrayBuffer> {
    const constants = this.#tensors.map(({ values }) => values)
      .filter((it) => it !== undefined);
    const builder = new Builder(
      constants.reduce((sum, { length }) => sum + length, TABLES),
    );
    // The first buffer is that of all tensors that are computed: it is empty.
    const buffers = [new Uint8Array(), ...constants].map((it) =>
      table(builder, offset(byteVector(builder, it)))
    );
    let constant = 0;
    const tensors = this.#tensors.map(({ name, shape, type, values }) =>
      table(
        builder,
        offset(intVector(builder, shape)),
        byte(ELEMENT_TYPES[type.type]),
        int(values === undefined ? 0 : ++constant),
        offset(builder.createString(name)),
        type.quantization && offset(quantize(builder, type.quantization)),
      )
    );
    const used = [...new Set(this.#operators.map(({ operator }) => operator))];
    const operators = this.#operators.map(
      ({ operator, inputs, output, options }) =>
        table(
          builder,
          int(used.indexOf(operator)),
          offset(intVector(builder, inputs)),
          offset(intVector(builder, [output])),
          byte(OPERATORS[operator].options),
          options.length > 0 ? offset(table(builder, ...options)) : undefined,
        ),
    );
    const subgraph = table(
      builder,
      offset(tableVector(builder, tensors)),
      offset(intVector(builder, inputs)),
      offset(intVector(builder, outputs)),
      offset(tableVector(builder, operators)),
    );
    const codes = used.map((operator) => {
      const { code, version } = OPERATORS[operator];
      return table(builder, byte(code), undefined, int(version), int(code));
    });
    const model = table(
      builder,
      int(VERSION),
      offset(tableVector(builder, codes)),
      offset(tableVector(builder, [subgraph])),
      undefined,
      offset(tableVector(builder, buffers)),
    );
    builder.finish(model, IDENTIFIER);
    return builder.asUint8Array() as Uint8Array<ArrayBuffer>;
  }
}

function quantize(
  builder: Builder,
  { scales, zeroPoint }: Quantization,
): Offset {
  const zeroPoints = Array.from(scales, () => zeroPoint);
  return table(
    builder,
    undefined,
    undefined,
    offset(floatVector(builder, scales)),
    offset(longVector(builder, zeroPoints)),
  );
}
