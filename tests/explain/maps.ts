import type { Box } from "../../src/image/mod.ts";
import type { Explanation } from "../../src/explain/explanation.ts";

/** An explanation whose map has these values, in a single row. */
export function explanationOf(
  values: readonly (readonly number[])[],
  crop: Box,
  mapBounds: Box = crop,
): Explanation {
  return {
    method: "cam",
    label: "a",
    index: 0,
    probability: 1,
    rows: values.length,
    columns: values[0]!.length,
    values: Float32Array.from(values.flat()),
    crop,
    mapBounds,
  };
}
