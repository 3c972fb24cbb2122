import type { LayerWeights, QuantizedNetwork } from "../../model/mod.ts";
import type { Session } from "../backend.ts";
import {
  activationsAbsMax,
  readActivations,
} from "../int8/read_activations.ts";
import { assertPixels, refuseLayer, refuseOutput } from "../session_checks.ts";
import { type LayerAddresses, writeNetwork } from "./encode.ts";
import type { Engine } from "./engine.ts";
import { startSlots } from "./slots.ts";
import { splitWideWeights } from "./split_weights.ts";

/** Writes a network into its engine, which the session takes over; starts the threads. */
export function openSession(
  engine: Engine,
  network: QuantizedNetwork,
): Session {
  const { memory, layout, plan, config, kernels: { wide } } = engine;
  const addresses = writeNetwork(engine, network);
  if (wide?.split) splitWideWeights(wide, memory, plan, addresses.weights);
  const absMax = activationsAbsMax(plan.graph, network);
  const slots = startSlots(engine);
  return {
    concurrency: layout.slots.length,
    activationBits: config.bits,
    async run(pixels, output) {
      const result = plan.outputs.get(output) ??
        refuseOutput(output, plan.outputs.keys());
      assertPixels(plan.graph, pixels);
      return await slots.use(async ({ arena, vectors }, run) => {
        new Uint8Array(memory.buffer).set(pixels, arena + plan.image.offset);
        await run(result.levels);
        if ("buffer" in result.place) {
          const codes = new Uint8Array(memory.buffer, arena, plan.arenaBytes);
          return readActivations(codes, result.place, absMax, config);
        }
        const { offset, length } = result.place;
        return new Float32Array(memory.buffer, vectors + offset, length)
          .slice();
      });
    },
    denseWeights: (name) =>
      new Promise((resolve) => resolve(readDense(engine, name, addresses))),
    [Symbol.dispose]: slots.close,
  };
}

/** A dense layer in f32, read from the memory: the network isn't kept. */
function readDense(
  { memory: { buffer }, plan }: Engine,
  name: string,
  { weights, tables }: LayerAddresses,
): LayerWeights {
  const step = plan.levels.flat().find((it) =>
    it.op === "dense" && it.node.name === name
  );
  if (step?.op !== "dense") return refuseLayer(name);
  const { node: { units }, input: { length: inputs } } = step;
  const start = tables.get(name)!;
  const weight = new Int8Array(buffer, weights.get(name)!, units * inputs);
  const scale = new Float32Array(buffer, start, units);
  const kernel = new Float32Array(inputs * units);
  for (let unit = 0, from = 0; unit < units; unit++) {
    for (let to = unit; to < kernel.length; to += units) {
      kernel[to] = weight[from++]! * scale[unit]!;
    }
  }
  const bias = new Float32Array(buffer, start + 4 * units, units).slice();
  return { kernel, bias };
}
