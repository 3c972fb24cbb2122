import type { Engine } from "../../../src/backends/simd/engine.ts";
import { selectKernels } from "../../../src/backends/simd/kernel_config.ts";
import { loadKernels } from "../../../src/backends/simd/kernels.ts";
import { planMemory } from "../../../src/backends/simd/layout.ts";
import { planGraph } from "../../../src/backends/simd/plan.ts";
import { compileWide } from "../../../src/backends/simd/wide.ts";
import type { Graph } from "../../../src/model/mod.ts";

/** An engine with wide kernels, whether or not this runtime widens them. */
export async function wideEngine(
  graph: Graph,
  threads: number,
  split: boolean,
): Promise<Engine> {
  const shared = threads > 1;
  const kernels = await loadKernels(shared);
  const config = selectKernels(kernels);
  const plan = planGraph(graph, "wide");
  const layout = planMemory(plan, 1, threads);
  const pages = Math.ceil(layout.bytes / 65536);
  const memory = new WebAssembly.Memory({
    initial: pages,
    maximum: pages,
    shared,
  });
  const lane = config.conv === "convI32" ? "I32" : "I16";
  const name = `${split ? "convSplit" : "convWide"}${lane}`;
  const wide = { module: await compileWide(shared), name, split };
  return { plan, layout, memory, config, kernels: { ...kernels, wide } };
}
