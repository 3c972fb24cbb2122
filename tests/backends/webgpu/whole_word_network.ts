import type { QuantizedNetwork } from "../../../src/model/mod.ts";
import { narrowNetwork } from "../simd/narrow_file.ts";

/** The narrowest network whose concatenations consist of whole words. */
export async function wholeWordNetwork(): Promise<QuantizedNetwork> {
  return await narrowNetwork({
    architecture: { widthMultiplier: 1 / 8, classes: 7, hiddenUnits: [9] },
  });
}
