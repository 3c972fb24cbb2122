/**
 * Prints whether wide kernels give the same answers as the others, image by image,
 * until both are optimized.
 */
import { openSession } from "../../src/backends/simd/session.ts";
import { wasmInt8 } from "../../src/backends/simd/wasm_int8.ts";
import { inceptionV3 } from "../../src/model/mod.ts";
import { loadQuantized } from "../../src/weights/mod.ts";
import { wideEngine } from "../backends/simd/wide_engine.ts";
import { noise } from "../random.ts";

const IMAGES = 6;

const network = await loadQuantized("nsfw");
const graph = inceptionV3(network.architecture);
using narrow = await wasmInt8().reserve(graph).open(network);
for (const split of [false, true]) {
  const engine = await wideEngine(graph, 1, split);
  using wide = openSession(engine, network);
  let same = 0;
  for (let seed = 0; seed < IMAGES; seed++) {
    const pixels = noise(299, seed);
    const expected = await narrow.run(pixels, "features");
    const features = await wide.run(pixels, "features");
    if (features.every((it, i) => it === expected[i])) same++;
  }
  console.log(
    engine.kernels.wide?.name,
    same === IMAGES ? "same" : `${same} of ${IMAGES}`,
  );
}
