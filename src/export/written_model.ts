/** An input or output of an exported file. */
export interface TensorFact {
  /** Its name in the file. */
  readonly name: string;
  /** Of its values. */
  readonly type: "float32" | "uint8";
  /** The shape; a text stands for any extent. */
  readonly shape: readonly (number | string)[];
}

/** A model's file for another runtime, as a stream. */
export interface WrittenModel {
  /** The input: R, G and B of 0..255. */
  readonly input: TensorFact;
  /** The outputs: the features and, with classes, the answers. */
  readonly outputs: readonly TensorFact[];
  /** In bytes, of the whole file. */
  readonly byteLength: number;
  /** The file. Each layer is made when the stream reaches it. */
  readonly stream: ReadableStream<Uint8Array>;
}

/** Bytes that are made when they are written, so that one layer at a time is in memory. */
export interface LazyBytes {
  readonly byteLength: number;
  bytes(): Uint8Array;
}

/** A part of a file: small ones are there, weights are made. */
export type Part = Uint8Array | LazyBytes;

/** The values of a tensor, made when they are written, little-endian. */
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

/** A file of parts. */
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
    }, { highWaterMark: 0 }), // Nothing is made before it's asked for.
  };
}
