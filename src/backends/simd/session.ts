/**
 * Runs a network in the int8 engine.
 *
 * @module
 */
import type { LayerWeights, QuantizedNetwork } from "../../model/mod.ts";
import type { Session } from "../backend.ts";
import {
  activationsAbsMax,
  readActivations,
} from "../int8/read_activations.ts";
import { assertPixels, refuseLayer, refuseOutput } from "../session_checks.ts";
import { type TableAddresses, writeProgram, writeTables } from "./encode.ts";
import type { Engine } from "./engine.ts";
import { startSlots } from "./slots.ts";

/**
 * Writes the tables and programs of a network, and starts the threads.
 *
 * @param engine Of the network's graph. The session takes it over.
 */
export function openSession(
  engine: Engine,
  network: QuantizedNetwork,
): Session {
  const { memory, layout, plan, config } = engine;
  const addresses = copyWeights(engine, network);
  // The digest of a file that was read into the memory may lie there.
  new Uint8Array(memory.buffer, layout.tables, plan.tableBytes).fill(0);
  const tables = writeTables(
    memory.buffer,
    layout.tables,
    plan,
    network,
    config,
  );
  const weights = (name: string) => addresses.get(name)!;
  for (const slot of layout.slots) {
    const places = { ...slot, tables, weights };
    writeProgram(memory.buffer, plan, places, config);
  }
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
        new Uint8Array(
          memory.buffer,
          arena + plan.image.offset,
          pixels.length,
        ).set(pixels);
        await run(result.levels);
        if ("slice" in result) {
          const codes = new Uint8Array(memory.buffer, arena, plan.arenaBytes);
          return readActivations(codes, result.slice, absMax, config);
        }
        const { offset, length } = result.vector;
        return new Float32Array(memory.buffer, vectors + offset, length)
          .slice();
      });
    },
    denseWeights: (name) =>
      new Promise((resolve) =>
        resolve(readDense(engine, name, addresses, tables))
      ),
    [Symbol.dispose]: slots.close,
  };
}

/** A dense layer in f32, read from the memory: the network isn't kept. */
function readDense(
  { memory: { buffer }, plan }: Engine,
  name: string,
  addresses: ReadonlyMap<string, number>,
  tables: TableAddresses,
): LayerWeights {
  const step = plan.levels.flat().find((it) =>
    it.op === "dense" && it.node.name === name
  );
  if (step?.op !== "dense") return refuseLayer(name);
  const { node: { units }, input: { length: inputs } } = step;
  const start = tables.get(name)!;
  const weight = new Int8Array(buffer, addresses.get(name)!, units * inputs);
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

/** Copies the weights, except those that were read into this memory; gives addresses. */
function copyWeights(
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
