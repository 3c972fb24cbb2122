/** An input or output of an exported file. */
export interface TensorFact {
  /** Its name in the file. */
  readonly name: string;
  /** The type of its values. */
  readonly type: "float32" | "uint8";
  /** The shape; a string means any extent. */
  readonly shape: readonly (number | string)[];
}

/** A model's file for another runtime, as a stream. */
export interface WrittenModel {
  /** The input: R, G and B of 0..255. */
  readonly input: TensorFact;
  /** The outputs: the features and, with classes, the answers. */
  readonly outputs: readonly TensorFact[];
  /** Size of the whole file, in bytes. */
  readonly byteLength: number;
  /** The file. Each layer is created when the stream reaches it. */
  readonly stream: ReadableStream<Uint8Array>;
}

/** Bytes that are created when they are written, so that only one layer is in memory. */
export interface LazyBytes {
  readonly byteLength: number;
  bytes(): Uint8Array;
}

/** A part of a file. Small parts are in memory, weights are created on demand. */
export type Part = Uint8Array | LazyBytes;

/** The values of a tensor, little-endian, created when they are written. */
export function lazyValues(
  byteLength: number,
  values: () => ArrayBufferView,
): LazyBytes {
  return {
    byteLength,
    bytes() {
      const { buffer, byteOffset, byteLength } = values();
      return new Uint8Array(buffer, byteOffset, byteLength);
    },
  };
}

/** A file from its parts. */
export function writtenModel(
  parts: readonly Part[],
  tensors: Pick<WrittenModel, "input" | "outputs">,
): WrittenModel {
  let next = 0;
  return {
    ...tensors,
    byteLength: parts.reduce((sum, it) => sum + it.byteLength, 0),
    stream: new ReadableStream<Uint8Array>({
      pull(controller) {
        const part = parts[next++];
        if (part === undefined) return controller.close();
        controller.enqueue(part instanceof Uint8Array ? part : part.bytes());
      },
    }, { highWaterMark: 0 }), // Creates nothing before it is requested.
  };
}
