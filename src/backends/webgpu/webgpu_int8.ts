import { BackendUnavailableError } from "../../errors.ts";
import type { Graph } from "../../model/mod.ts";
import type { Backend } from "../backend.ts";
import { assertQuantized } from "../session_checks.ts";
import type { EngineRequest } from "../simd/engine.ts";
import type { Gpu, OnCompile } from "./device.ts";
import { probeWebgpu } from "./probe.ts";

const loadGpuCode = () => import("./gpu.ts");

/** Any tile: the memory is the same with all. */
const ANY_TILE = { products: "dot4", pixels: 1, panels: 1 } as const;

/** Options of int8 on WebGPU. */
export interface WebgpuRequest extends Pick<EngineRequest, "activationBits"> {
  /**
   * Called as the GPU's pipelines are compiled, with the number that are done, 0 at
   * first, and their total. Compiling may take seconds if the driver hasn't cached
   * them. Only int8 on WebGPU calls it; in f32, tfjs compiles during the first image.
   */
  readonly onCompile?: ((done: number, total: number) => void) | undefined;
}

/** int8 on WebGPU: the weights on the GPU are the bytes of the Totem file. */
export function webgpuInt8(
  { activationBits, onCompile }: WebgpuRequest = {},
): Backend {
  const bits = activationBits === 7 ? 7 : 8;
  return {
    device: "webgpu",
    precision: "int8",
    async probe(isAsked) {
      const found = await probeWebgpu(isAsked);
      return found.available ? { ...found, activationBits: bits } : found;
    },
    async memory(graph) {
      // The network is kept in case the device is lost. It has no more bytes than its
      // model on the GPU.
      const { gpuBytes, planGraph } = await loadGpuCode();
      const plan = planGraph(graph, bits, ANY_TILE);
      return gpuBytes(plan) + plan.modelBytes;
    },
    reserve(graph) {
      /** A device that is opened while the weights are read. */
      let early: ReturnType<typeof prepare> | undefined;
      return {
        allocate(byteLength) {
          early = prepare(graph, bits, onCompile);
          early.catch(() => {}); // It is thrown by open().
          return Promise.resolve(new Uint8Array(byteLength));
        },
        async open(network) {
          assertQuantized(network);
          const preparing = early ?? prepare(graph, bits, onCompile);
          early = undefined; // It is only for one session.
          const { plan, gpu } = await preparing;
          const { findAdapter, openGpu, openSession } = await loadGpuCode();
          let unused: Gpu | undefined = gpu;
          return await openSession(plan, network, async () => {
            const ready = unused;
            unused = undefined;
            return ready ?? await openGpu(await findAdapter(), plan);
          });
        },
        [Symbol.dispose]() {
          early?.then(({ gpu }) => gpu.device.destroy(), () => {});
          early = undefined;
        },
      };
    },
  };
}

/** Opens a device that is ready for a graph. */
async function prepare(graph: Graph, bits: 7 | 8, onCompile?: OnCompile) {
  const { findAdapter, openGpu, planGraph, tileFor } = await loadGpuCode();
  const adapter = await findAdapter();
  const plan = planGraph(graph, bits, tileFor(adapter));
  if (plan.misplaced !== undefined) {
    throw new BackendUnavailableError(
      `Cannot run "${plan.misplaced}" on the GPU in int8 as its channels must begin at a multiple of 4 of the concatenation's`,
    );
  }
  return { plan, gpu: await openGpu(adapter, plan, onCompile) };
}
