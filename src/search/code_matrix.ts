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

/** Rows compared by one call; between calls WASM may be optimised. */
const BLOCK = 256;
const SCALES = BLOCK * 8;
const QUERY = SCALES + BLOCK * 4;
const PAGE_BYTES = 2 ** 16;

export type CodeMatrix = Awaited<ReturnType<typeof createCodeMatrix>>;

/** A matrix of rows of `width` codes. */
export async function createCodeMatrix(width: number) {
  const start = Math.ceil((QUERY + width) / 64) * 64;
  const initial = Math.ceil((QUERY + width + 64) / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial });
  const kernels = await instantiateKernels(memory);
  return {
    width,

    /**
     * The codes of the first `count` rows and `extra` bytes behind them, for which the
     * memory grows if it must. That detaches what an earlier call returned.
     */
    rows(count: number, extra = 0): Uint8Array {
      const length = count * width + extra;
      const missing = start + length - memory.buffer.byteLength;
      if (missing > 0) {
        try {
          // Many pages at once, as growing detaches all views.
          memory.grow(Math.max(16, Math.ceil(missing / PAGE_BYTES)));
        } catch (cause) {
          throw new MemoryLimitError(
            `Cannot hold ${count} images as there is no WebAssembly memory of ${
              start + length
            } bytes`,
            { cause },
          );
        }
      }
      return new Uint8Array(memory.buffer, start, length);
    },

    /** Whether all bytes of the first `count` rows are codes, 0..127. */
    areCodes: (count: number) => !kernels.hasHighBits(start, count * width),

    /**
     * The `top` most similar of the first rows, best first, with their cosines.
     *
     * @param scales One over the length of each row.
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
          best.offer(first + rows[2 * i]!, scores[2 * i + 1]!);
        }
      }
      return best.sorted().map(({ row, score }) => ({
        row,
        score: Math.min(1, score * scale), // Both scales are rounded.
      }));
    },
  };
}
