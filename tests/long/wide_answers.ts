/**
 * Prints whether wide kernels give the answers of the others, image by image, until both
 * are optimised.
 */
import { loadKernels } from "../../src/backends/simd/kernels.ts";
import { selectKernels } from "../../src/backends/simd/kernel_config.ts";
import { planMemory } from "../../src/backends/simd/layout.ts";
import { planGraph } from "../../src/backends/simd/plan.ts";
import { openSession } from "../../src/backends/simd/session.ts";
import { wasmInt8 } from "../../src/backends/simd/wasm_int8.ts";
import { compileWide } from "../../src/backends/simd/wide.ts";
import { inceptionV3 } from "../../src/model/mod.ts";
import { loadQuantized } from "../../src/weights/mod.ts";
import { noise } from "../random.ts";

const IMAGES = 6;

const network = await loadQuantized("nsfw");
const graph = inceptionV3(network.architecture);
using narrow = await wasmInt8().reserve(graph).open(network);
const kernels = await loadKernels(false);
const config = selectKernels(kernels);
const plan = planGraph(graph, "wide");
const layout = planMemory(plan, 1, 1);
const pages = Math.ceil(layout.bytes / 65536);
const module = await compileWide(false);
const lane = config.conv === "convI32" ? "I32" : "I16";
for (const split of [false, true]) {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const name = `${split ? "convSplit" : "convWide"}${lane}`;
  const own = { ...kernels, wide: { module, name, split } };
  using wide = openSession(
    { plan, layout, memory, config, kernels: own },
    network,
  );
  let same = 0;
  for (let seed = 0; seed < IMAGES; seed++) {
    const pixels = noise(299, seed);
    const expected = await narrow.run(pixels, "features");
    const features = await wide.run(pixels, "features");
    if (features.every((it, i) => it === expected[i])) same++;
  }
  console.log(name, same === IMAGES ? "same" : `${same} of ${IMAGES}`);
}
