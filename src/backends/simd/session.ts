/**
 * A network in the int8 engine, ready to run.
 *
 * @module
 */
import type { QuantizedNetwork } from "../../model/mod.ts";
import type { Session } from "../backend.ts";
import { expectPixels, refuseOutput } from "../run_arguments.ts";
import { writeProgram, writeTables } from "./assemble.ts";
import type { Engine } from "./engine.ts";
import { startLanes } from "./lanes.ts";

/**
 * Writes what a network needs besides its weights, and starts the threads.
 *
 * @param engine Prepared for the network's graph; nobody else uses it.
 */
export function openSession(
  engine: Engine,
  network: QuantizedNetwork,
): Session {
  const { memory, layout, plan, arithmetic } = engine;
  const addresses = placeWeights(engine, network);
  const tables = writeTables(
    memory.buffer,
    layout.tables,
    plan,
    network,
    arithmetic,
  );
  const weights = (name: string) => addresses.get(name)!;
  for (const lane of layout.lanes) {
    const places = { ...lane, tables, weights };
    writeProgram(memory.buffer, plan, places, arithmetic);
  }
  const lanes = startLanes(engine);
  return {
    atOnce: layout.lanes.length,
    async run(pixels, output) {
      const result = plan.outputs.get(output) ??
        refuseOutput(output, plan.outputs.keys());
      expectPixels(plan.graph, pixels);
      return await lanes.use(async ({ arena, vectors }, run) => {
        new Uint8Array(
          memory.buffer,
          arena + plan.image.offset,
          pixels.length,
        ).set(pixels);
        await run(result.levels);
        const { offset, length } = result.vector;
        return new Float32Array(memory.buffer, vectors + offset, length)
          .slice();
      });
    },
    [Symbol.dispose]: lanes.close,
  };
}

/** The addresses of all weights, which are copied unless they are there. */
function placeWeights(
  { memory, layout, plan }: Engine,
  network: QuantizedNetwork,
): ReadonlyMap<string, number> {
  const addresses = new Map<string, number>();
  let end = layout.weights;
  for (const step of plan.levels.flat()) {
    if (step.op !== "conv" && step.op !== "dense") continue;
    const { name } = step.node;
    const { weight } = network.quantized(name);
    if (weight.buffer === memory.buffer) {
      addresses.set(name, weight.byteOffset);
      continue;
    }
    new Int8Array(memory.buffer, end, weight.length).set(weight);
    addresses.set(name, end);
    end += weight.length;
  }
  return addresses;
}
