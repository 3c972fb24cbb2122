/**
 * Measures WebGPU on the available adapter: our own int8 kernels, with each way of
 * multiplying, against tfjs's f32 and the WASM engine, on the same weights and photo,
 * interleaved: `deno task bench-webgpu`. With `--layers` it shows where our kernels'
 * time goes.
 *
 * @module
 */
import { cropAndResize } from "../mod.ts";
import type { Session } from "../src/backends/mod.ts";
import { wasmInt8 } from "../src/backends/simd/wasm_int8.ts";
import { tfjsWebgpu } from "../src/backends/tfjs/tfjs_backends.ts";
import {
  findAdapter,
  openGpu,
  tileFor,
} from "../src/backends/webgpu/device.ts";
import type { ConvTile } from "../src/backends/webgpu/layout.ts";
import { gpuBytes, planGraph } from "../src/backends/webgpu/plan.ts";
import { probeWebgpu } from "../src/backends/webgpu/probe.ts";
import { openSession } from "../src/backends/webgpu/session.ts";
import { inceptionV3 } from "../src/model/mod.ts";
import { readNetwork, writeNetwork } from "../src/weights/mod.ts";
import { loadBenchNetwork, loadBenchPhoto } from "./inputs.ts";
import { readOptions } from "./options.ts";
import { measureGpuLayers } from "./webgpu_layers.ts";

/** A session to compare. */
interface Contestant {
  readonly name: string;
  readonly session: Session;
  /** GPU memory. */
  readonly bytes: number;
  /** Time until it was ready for an image, in ms. */
  readonly opening: number;
  /** Time of the first image, in ms. */
  readonly first: number;
}

// Written and read again, as if from a file, so that the weights are already quantized.
const network = await readNetwork(
  writeNetwork(await loadBenchNetwork()).stream,
);
const graph = inceptionV3(network.architecture);
const photo = await loadBenchPhoto();
const { data } = cropAndResize(photo, graph.input[0], network.preprocessing);

/** Opens a contestant and runs its first image. */
async function enter(
  name: string,
  open: () => Promise<Session>,
  bytesOf: () => number | Promise<number>,
): Promise<Contestant> {
  const start = performance.now();
  const session = await open();
  const opened = performance.now();
  await session.run(data, "probabilities");
  return {
    name,
    session,
    bytes: await bytesOf(),
    opening: opened - start,
    first: performance.now() - opened,
  };
}

async function enterInt8(tile: ConvTile): Promise<Contestant> {
  const plan = planGraph(graph, 8, tile);
  return await enter(
    `webgpu int8, ${tile.products}, ${tile.pixels} x ${8 * tile.panels}`,
    () =>
      openSession(
        plan,
        network,
        async () => await openGpu(await findAdapter(), plan),
      ),
    () => gpuBytes(plan),
  );
}

async function tfjsBytes(): Promise<number> {
  const { memory } = await import("@tensorflow/tfjs-core");
  const info = memory() as { numBytesAllocatedInGPU?: number };
  return info.numBytesAllocatedInGPU ?? NaN;
}

if (import.meta.main) {
  const { layers, rounds } = readOptions("bench-webgpu", {
    layers: false,
    rounds: 10,
  });
  const machine = await probeWebgpu(true);
  console.log(machine.available ? machine.detail : machine.reason);
  if (!machine.available) Deno.exit(1);

  const adapter = await findAdapter();
  const tile = tileFor(adapter);
  if (layers) {
    await measureGpuLayers(graph, network, data, tile, rounds, adapter);
    Deno.exit(0);
  }
  const contestants = [
    await enter(
      "tfjs-backend-webgpu f32",
      () => tfjsWebgpu().reserve(graph).open(network),
      tfjsBytes,
    ),
    await enterInt8({ ...tile, products: "dot4" }),
    await enterInt8({ ...tile, products: "f32" }),
    await enter(
      "wasm int8",
      () => wasmInt8().reserve(graph).open(network),
      () => 0,
    ),
  ];
  const times: number[][] = contestants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { session }] of contestants.entries()) {
      const start = performance.now();
      await session.run(data, "probabilities");
      times[i]!.push(performance.now() - start);
    }
  }
  const sorted = times.map((it) => it.toSorted((a, b) => a - b));
  const middle = Math.floor(rounds / 2);
  console.log(
    `${
      "".padEnd(28)
    }      min    median  times as fast    GPU MiB   opening   first image`,
  );
  for (const [i, { name, bytes, opening, first }] of contestants.entries()) {
    const [least, median] = [sorted[i]![0]!, sorted[i]![middle]!];
    console.log(
      name.padEnd(28),
      `${least.toFixed(1)} ms`.padStart(9),
      `${median.toFixed(1)} ms`.padStart(9),
      `${(sorted[0]![0]! / least).toFixed(1)}, ${
        (sorted[0]![middle]! / median).toFixed(1)
      }`.padStart(14),
      (bytes / 2 ** 20).toFixed(1).padStart(10),
      `${opening.toFixed(0)} ms`.padStart(9),
      `${first.toFixed(0)} ms`.padStart(13),
    );
  }
  for (const { session } of contestants) session[Symbol.dispose]();
}
