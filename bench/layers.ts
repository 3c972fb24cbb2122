/**
 * Where an image's time goes in the int8 engine, kernel by kernel.
 *
 * @module
 */
import { prepareEngine } from "../src/backends/simd/engine.ts";
import { instantiate } from "../src/backends/simd/kernels.ts";
import {
  LEVEL_BYTES,
  PROGRAM_BYTES,
  STEP_BYTES,
} from "../src/backends/simd/records.ts";
import { KIND } from "../src/backends/simd/modules/shared.ts";
import { openSession } from "../src/backends/simd/session.ts";
import { cropAndResize } from "../mod.ts";
import { inceptionV3 } from "../src/model/mod.ts";
import { loadBenchNetwork, loadBenchPhoto } from "./inputs.ts";
import { printLayers } from "./layer_table.ts";

/** Prints the least time of each layer over `rounds` images. */
export async function measureLayers(rounds: number): Promise<void> {
  const network = await loadBenchNetwork();
  const graph = inceptionV3(network.architecture);
  const engine = await prepareEngine(graph, {});
  const { plan, layout, memory, kernels } = engine;
  using session = openSession(engine, network);
  const [size] = graph.input;
  const image = cropAndResize(
    await loadBenchPhoto(),
    size,
    network.preprocessing,
  );
  for (let i = 0; i < 5; i++) await session.run(image.data, "features");

  const exports = instantiate(kernels, memory) as unknown as Record<
    string,
    (step: number, task: number, scratch: number) => void
  >;
  const names = Object.keys(KIND);
  const view = new DataView(memory.buffer);
  const [slot] = layout.slots;
  const first = slot!.program + PROGRAM_BYTES +
    plan.levels.length * LEVEL_BYTES;
  const steps = plan.levels.flat().map((step, i) => {
    const at = first + i * STEP_BYTES;
    return { step, at, kernel: names[view.getUint32(at, true)]! };
  });
  const least = steps.map(() => Infinity);
  const pixels = new Uint8Array(
    memory.buffer,
    slot!.arena + plan.image.offset,
    image.data.length,
  );
  for (let round = 0; round < rounds; round++) {
    pixels.set(image.data);
    for (const [i, { step, at, kernel }] of steps.entries()) {
      const start = performance.now();
      for (let task = 0; task < step.tasks; task++) {
        exports[kernel]!(at, task, layout.scratch[0]!);
      }
      least[i] = Math.min(least[i]!, performance.now() - start);
    }
  }

  printLayers(
    steps.map(({ step, kernel }, i) => ({ step, kernel, least: least[i]! })),
  );
}
