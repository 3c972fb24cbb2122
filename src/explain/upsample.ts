import type { Box } from "../image/mod.ts";
import { assertArgument, assertWhole, isNumber } from "../argument.ts";
import type { Explanation } from "./explanation.ts";

/**
 * An explanation's map as fine as pixels, over all that the network sees: bilinear
 * between the cells' middles, and as the nearest cell beyond them.
 *
 * @returns `[height, width]`, row-major.
 * @throws {ArgumentError} When the explanation isn't one.
 */
export function upsample(
  explanation: Explanation,
  width: number,
  height: number,
): Float32Array {
  assertExplanation(explanation);
  assertWhole("draw an explanation", "width", width, 1);
  assertWhole("draw an explanation", "height", height, 1);
  const { values, rows, columns, seen, area } = explanation;
  const across = Array.from({ length: width }, (_, x) => {
    const at = seen.left + (x + 0.5) / width * seen.width;
    return between((at - area.left) / area.width * columns - 0.5, columns);
  });
  const fine = new Float32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const at = seen.top + (y + 0.5) / height * seen.height;
    const down = between((at - area.top) / area.height * rows - 0.5, rows);
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

/** The cells around a place among `count`, and how near it is to the second. */
function between(place: number, count: number) {
  const inside = Math.min(count - 1, Math.max(0, place));
  const before = Math.floor(inside);
  const after = Math.min(count - 1, before + 1);
  return { before, after, part: inside - before };
}

function mix(a: number, b: number, part: number): number {
  return a + (b - a) * part;
}

/** @throws {ArgumentError} When it isn't what `Classifier.explain` gives. */
export function assertExplanation(explanation: unknown): void {
  const { values, rows, columns, seen, area } = (explanation ?? {}) as Partial<
    Explanation
  >;
  assertArgument(
    values instanceof Float32Array && values.length === rows! * columns! &&
      isBox(seen) && isBox(area),
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
