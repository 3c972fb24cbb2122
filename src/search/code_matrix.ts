/**
 * Images' features as codes in a WASM memory, which the kernels compare with another
 * image's:
 *
 *     0      found    rows of the block that beat the worst match so far
 *     2048   scales   of the block's rows, BLOCK f32
 *     3072   query    codes of the searched image
 *     then   rows     `width` codes of each indexed image
 *
 * @module
 */
import { MemoryLimitError } from "../errors.ts";
import { bestRows, type ScoredRow } from "./best_rows.ts";
import { encodeFeatures } from "./encode_features.ts";
import { instantiateKernels } from "./kernels.ts";

/** More features could overflow a sum. */
export const MAX_FEATURES = 2 ** 16;

/**
 * The number of rows compared per call. Between calls, the runtime can switch to
 * optimised code.
 */
const BLOCK = 256;
const SCALES = BLOCK * 8;
const QUERY = SCALES + BLOCK * 4;
const PAGE_BYTES = 2 ** 16;
/** A WebAssembly memory has at most 4 GiB. */
const MAX_PAGES = 2 ** 16;
/** Bytes left free at the end, as an end address of 2^32 would be 0 to the kernels. */
const MARGIN = 64;
/** Advice on searching more images than fit in one matrix. */
const ADVICE =
  "make several indexes, which totem search takes together, or use totem batch plan FOLDER --task features --shard-size N, whose results it also searches";

export type CodeMatrix = Awaited<ReturnType<typeof createCodeMatrix>>;

/**
 * Creates a function that returns the same matrix for all indexes of the same width. Only
 * the last caller may use it. Separate memories would remain until they are garbage
 * collected.
 */
export function reusedMatrix(): typeof createCodeMatrix {
  let matrix: CodeMatrix | undefined;
  return async (width, ...rest) =>
    matrix = matrix?.width === width
      ? matrix
      : await createCodeMatrix(width, ...rest);
}

/**
 * Creates a matrix with rows of `width` codes.
 *
 * @param maxPages The maximum memory, in pages of 64 KiB.
 */
export async function createCodeMatrix(width: number, maxPages = MAX_PAGES) {
  const start = Math.ceil((QUERY + width) / 64) * 64;
  const initial = Math.ceil((start + MARGIN) / PAGE_BYTES);
  const capacity = Math.floor((maxPages * PAGE_BYTES - MARGIN - start) / width);
  const memory = new WebAssembly.Memory(
    maxPages < MAX_PAGES ? { initial, maximum: maxPages } : { initial },
  );
  const kernels = await instantiateKernels(memory);
  const grow = (bytes: number, count: number) => {
    const before = memory.buffer.byteLength / PAGE_BYTES;
    const missing = Math.ceil(bytes / PAGE_BYTES) - before;
    if (missing <= 0) return;
    try {
      // Grows by many pages at once, as growing detaches all views.
      memory.grow(Math.min(Math.max(16, missing), maxPages - before));
    } catch (cause) {
      throw new MemoryLimitError(
        `Cannot hold ${count} images in one index as there is no WebAssembly memory of ${bytes} bytes: ${ADVICE}`,
        { cause },
      );
    }
  };
  return {
    width,

    /**
     * The codes of the first `count` rows. Grows the memory if necessary, which detaches
     * arrays returned earlier.
     *
     * @throws {MemoryLimitError} When there is not enough memory.
     */
    rows(count: number): Uint8Array {
      if (count > capacity) {
        throw new MemoryLimitError(
          `Cannot hold ${count} images in one index as with ${width} features it holds ${capacity} at most: ${ADVICE}`,
        );
      }
      grow(start + count * width + MARGIN, count);
      return new Uint8Array(memory.buffer, start, count * width);
    },

    /** Whether all bytes of the first `count` rows are codes, 0..127. */
    areCodes: (count: number) => !kernels.hasHighBits(start, count * width),

    /**
     * Finds the `top` most similar of the first rows. Returns them best first, with their
     * cosines.
     *
     * @param scales The inverse of each row's length.
     */
    nearest(
      features: Float32Array,
      scales: Float32Array,
      top: number,
    ): ScoredRow[] {
      const { buffer } = memory;
      const count = scales.length;
      const scale = encodeFeatures(
        features,
        new Uint8Array(buffer, QUERY, width),
      );
      const blockScales = new Float32Array(buffer, SCALES, BLOCK);
      const rows = new Uint32Array(buffer, 0, BLOCK * 2);
      const scores = new Float32Array(buffer, 0, BLOCK * 2);
      // Scales are rounded, so a cosine may slightly exceed 1. All such values count as
      // 1.
      const one = 1 / scale;
      const best = bestRows(top);
      for (let first = 0; first < count; first += BLOCK) {
        blockScales.set(scales.subarray(first, first + BLOCK));
        const found = kernels.scan(
          QUERY,
          start + first * width,
          SCALES,
          width,
          Math.min(BLOCK, count - first),
          best.least,
          0,
        );
        for (let i = 0; i < found; i++) {
          best.offer(first + rows[2 * i]!, Math.min(scores[2 * i + 1]!, one));
        }
      }
      return best.sorted().map(({ row, score }) => ({
        row,
        score: score >= one ? 1 : score * scale,
      }));
    },
  };
}
