import { CorruptWeightsError } from "../../errors.ts";
import { TruncatedError } from "../truncated.ts";

/** Reads the little-endian structures of an HDF5 file at any position. */
export type Structures = ReturnType<typeof createStructures>;

/**
 * Upper bound of the memory that is kept in addition to the file, in bytes. Keras's
 * Inception-v3 with 1000 classes takes 0.6 MB, including its configuration.
 */
const MAX_KEPT = 2 ** 22;

/**
 * Reads the structures of `bytes`, and no more of them than the file can have: those of a
 * sound file don't overlap and are read once each. A file with circular references, or
 * parts that are read repeatedly, is detected when as many bytes have been read as it has;
 * structures that share bytes, by the memory that is kept for them.
 */
export function createStructures(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let left = bytes.length;
  let charged = 0;
  /** Counts the approximate memory of a parsed structure, in bytes. */
  const charge = (count: number): void => {
    charged += count;
    if (charged <= MAX_KEPT) return;
    throw new CorruptWeightsError(
      `Cannot read the HDF5 file as its structures must take <= ${MAX_KEPT} bytes of memory: they take more`,
    );
  };
  const claim = (at: number, length: number) => {
    if (!(at + length <= bytes.length)) {
      throw new TruncatedError(
        `Cannot read the HDF5 file as it must have >= ${
          at + length
        } bytes: it has ${bytes.length}`,
      );
    }
    left -= Math.max(1, length);
    if (left < 0) {
      throw new CorruptWeightsError(
        "Cannot read the HDF5 file as its parts refer to each other in circles",
      );
    }
  };
  return {
    length: bytes.length,
    /** The unsigned integer of `size` bytes at `at`; over 2^53 it is rounded. */
    integer(at: number, size: 1 | 2 | 4 | 8): number {
      claim(at, size);
      switch (size) {
        case 1:
          return view.getUint8(at);
        case 2:
          return view.getUint16(at, true);
        case 4:
          return view.getUint32(at, true);
        case 8:
          return view.getUint32(at, true) +
            view.getUint32(at + 4, true) * 2 ** 32;
      }
    },
    /** The UTF-8 text in `[at, at + length)`, up to its first zero. */
    text(at: number, length: number): string {
      claim(at, length);
      const text = bytes.subarray(at, at + length);
      const end = text.indexOf(0);
      charge(STRING + 2 * (end < 0 ? length : end));
      return decoder.decode(end < 0 ? text : text.subarray(0, end));
    },
    assertSignature(at: number, letters: string): void {
      claim(at, letters.length);
      for (let i = 0; i < letters.length; i++) {
        if (bytes[at + i] === letters.charCodeAt(i)) continue;
        throw new CorruptWeightsError(
          `Cannot read the HDF5 file as "${letters}" must stand at byte ${at}`,
        );
      }
    },
    charge,
  };
}

/** Bytes of an empty string. */
const STRING = 32;

const decoder = new TextDecoder();
