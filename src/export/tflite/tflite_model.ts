/**
 * The tables of a `.tflite` file (`schema.fbs` of TensorFlow Lite) that a network
 * without control flow needs.
 *
 * @module
 */
import {
  type LazyBytes,
  lazyValues,
  type WrittenModel,
  writtenModel,
} from "../written_model.ts";
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
} from "./encode_flatbuffer.ts";

/** The version of the schema. */
const VERSION = 3;
/** The file identifier. */
const IDENTIFIER = "TFL3";

/** `TensorType`, and bytes per value. */
const ELEMENT_TYPES = {
  float: { type: 0, size: 4 },
  int32: { type: 2, size: 4 },
  uint8: { type: 3, size: 1 },
  int8: { type: 9, size: 1 },
} as const;

/** `BuiltinOperator`, the version that supports our types, `BuiltinOptions`. */
const OPERATORS = {
  AVERAGE_POOL_2D: { code: 1, version: 2, options: 5 },
  CONCATENATION: { code: 2, version: 2, options: 10 },
  CONV_2D: { code: 3, version: 3, options: 1 },
  DEQUANTIZE: { code: 6, version: 2, options: 0 },
  FULLY_CONNECTED: { code: 9, version: 1, options: 8 },
  LOGISTIC: { code: 14, version: 1, options: 0 },
  MAX_POOL_2D: { code: 17, version: 2, options: 5 },
  MUL: { code: 18, version: 1, options: 21 },
  RESHAPE: { code: 22, version: 1, options: 17 },
  SOFTMAX: { code: 25, version: 1, options: 9 },
  PAD: { code: 34, version: 2, options: 22 },
  MEAN: { code: 40, version: 1, options: 27 },
  REDUCE_MAX: { code: 82, version: 1, options: 27 },
  QUANTIZE: { code: 114, version: 2, options: 0 },
} as const;

/** The name of an operator. */
export type Operator = keyof typeof OPERATORS;

/** The type of a tensor's values. */
export interface TensorType {
  readonly type: keyof typeof ELEMENT_TYPES;
  /** For integer types. */
  readonly quantization?: Quantization;
}

/** Integers `q` represent `(q - zeroPoint) * scale`. */
export interface Quantization {
  /** One, or one per index of the first axis. */
  readonly scales: ArrayLike<number>;
  readonly zeroPoint: number;
}

/** Collects tensors and operators, and writes them as a `.tflite` file. */
export class TfliteModel {
  readonly #tensors: Item[] = [];
  /** The first buffer is empty; all computed tensors refer to it. */
  readonly #buffers: Item[] = [table()];
  readonly #operators: {
    readonly operator: Operator;
    readonly inputs: readonly number[];
    readonly output: number;
    readonly options: readonly Field[];
  }[] = [];

  /**
   * Adds a tensor.
   *
   * @param values Creates its values when the file is written; absent if it is computed.
   * @returns Its number, by which operators refer to it.
   */
  tensor(
    name: string,
    shape: readonly number[],
    { type, quantization }: TensorType,
    values?: () => ArrayBufferView,
  ): number {
    const element = ELEMENT_TYPES[type];
    const count = shape.reduce((a, b) => a * b, 1);
    const buffer = values === undefined
      ? 0
      : this.#buffer(lazyValues(count * element.size, values));
    return this.#tensors.push(table(
      offset(ints(shape)),
      byte(element.type),
      int(buffer),
      offset(text(name)),
      quantization && offset(quantize(quantization)),
    )) - 1;
  }

  /** Adds an operator. `options` are the fields of its options table. */
  operator(
    operator: Operator,
    inputs: readonly number[],
    output: number,
    ...options: readonly Field[]
  ): void {
    this.#operators.push({ operator, inputs, output, options });
  }

  /**
   * Writes the file.
   *
   * @param tensors Describes the tensors numbered `inputs` and `outputs`.
   */
  write(
    inputs: readonly number[],
    outputs: readonly number[],
    tensors: Pick<WrittenModel, "input" | "outputs">,
    metadata: ReadonlyMap<string, string>,
  ): WrittenModel {
    const used = [...new Set(this.#operators.map(({ operator }) => operator))];
    const operators = this.#operators.map(
      ({ operator, inputs, output, options }) =>
        table(
          int(used.indexOf(operator)),
          offset(ints(inputs)),
          offset(ints([output])),
          byte(OPERATORS[operator].options),
          OPERATORS[operator].options > 0
            ? offset(table(...options))
            : undefined,
        ),
    );
    const subgraph = table(
      offset(vector(this.#tensors)),
      offset(ints(inputs)),
      offset(ints(outputs)),
      offset(vector(operators)),
    );
    const codes = used.map((operator) => {
      const { code, version } = OPERATORS[operator];
      return table(byte(code), undefined, int(version), int(code));
    });
    const facts = [...metadata].map(([key, fact]) => {
      const bytes = new TextEncoder().encode(fact);
      const buffer = this.#buffer({
        byteLength: bytes.length,
        bytes: () => bytes,
      });
      return table(offset(text(key)), int(buffer));
    });
    const model = table(
      int(VERSION),
      offset(vector(codes)),
      offset(vector([subgraph])),
      offset(text("Written by Totem")),
      offset(vector(this.#buffers)),
      undefined,
      offset(vector(facts)),
    );
    return writtenModel(encodeFlatbuffer(model, IDENTIFIER), tensors);
  }

  #buffer(bytes: LazyBytes): number {
    return this.#buffers.push(table(offset(data(bytes)))) - 1;
  }
}

function quantize({ scales, zeroPoint }: Quantization): Item {
  const zeroPoints = Array.from(scales, () => zeroPoint);
  return table(
    undefined,
    undefined,
    offset(floats(scales)),
    offset(longs(zeroPoints)),
  );
}
