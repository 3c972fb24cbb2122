import type { Box } from "../image/mod.ts";
import { assertArgument, assertWhole, isNumber } from "../argument.ts";
import type { Explanation } from "./explanation.ts";

/**
 * Enlarges an explanation's map to the crop that the network sees: bilinear between the
 * centres of cells, and the nearest cell beyond them.
 *
 * @returns `[height, width]`, row-major.
 * @throws {ArgumentError} When `explanation` isn't an {@linkcode Explanation}.
 */
export function upsample(
  explanation: Explanation,
  width: number,
  height: number,
): Float32Array {
  assertExplanation(explanation);
  assertWhole("draw an explanation", "width", width, 1);
  assertWhole("draw an explanation", "height", height, 1);
  const { values, rows, columns, crop, mapBounds } = explanation;
  const across = Array.from({ length: width }, (_, x) => {
    const at = crop.left + (x + 0.5) / width * crop.width;
    return cellsAround((at - mapBounds.left) / mapBounds.width, columns);
  });
  const fine = new Float32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const at = crop.top + (y + 0.5) / height * crop.height;
    const down = cellsAround((at - mapBounds.top) / mapBounds.height, rows);
    const upper = down.before * columns;
    const lower = down.after * columns;
    for (const { before, after, part } of across) {
      const above = mix(values[upper + before]!, values[upper + after]!, part);
      const below = mix(values[lower + before]!, values[lower + after]!, part);
      fine[to++] = mix(above, below, down.part);
    }
  }
  return fine;
}

/** The two of `count` cells around a position in 0..1, and the weight of the second one. */
function cellsAround(position: number, count: number) {
  const inside = Math.min(count - 1, Math.max(0, position * count - 0.5));
  const before = Math.floor(inside);
  const after = Math.min(count - 1, before + 1);
  return { before, after, part: inside - before };
}

function mix(a: number, b: number, part: number): number {
  return a + (b - a) * part;
}

/** @throws {ArgumentError} When it isn't an {@linkcode Explanation}. */
export function assertExplanation(explanation: unknown): void {
  const it = (explanation ?? {}) as Partial<Explanation>;
  assertArgument(
    it.values instanceof Float32Array &&
      it.values.length === it.rows! * it.columns! &&
      isBox(it.crop) && isBox(it.mapBounds),
    "draw an explanation as it must be what classifier.explain() gives",
    explanation,
  );
}

function isBox(box: Box | undefined): boolean {
  const { left, top, width, height } = box ?? {};
  return [left, top, width, height].every((it) =>
    isNumber(it, Number.isFinite)
  );
}
