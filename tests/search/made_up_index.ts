import { SearchIndex } from "../../src/search/mod.ts";
import { randomNumbers } from "../random.ts";
import { filled } from "../filled.ts";

/** `count` feature vectors with a realistic distribution. */
export function madeUpFeatures(
  count: number,
  width: number,
  seed = 1,
): Float32Array[] {
  const random = randomNumbers(seed);
  return Array.from(
    { length: count },
    () => filled(Float32Array, width, () => random() ** 3 * 5),
  );
}

/** An index of these features, named `0.jpg`, `1.jpg`, ... */
export async function madeUpIndex(
  features: readonly Float32Array[],
  width: number,
): Promise<SearchIndex> {
  const pattern = new Uint8Array(width).fill(5);
  const geometry = "central crop, antialiased resize";
  const model = { name: "made up", size: 75, geometry, pattern };
  const index = await SearchIndex.create({ model, root: "photos" });
  features.forEach((it, i) =>
    index.add({ name: `${i}.jpg`, version: `v${i}` }, it)
  );
  return index;
}
