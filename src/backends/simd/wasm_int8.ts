import { BackendUnavailableError } from "../../errors.ts";
import type { Backend } from "../backend.ts";
import { assertQuantized } from "../session_checks.ts";
import { selectKernels } from "./kernel_config.ts";
import {
  type Engine,
  type EngineRequest,
  planEngine,
  prepareEngine,
  threadsFor,
} from "./engine.ts";
import { type LoadedKernels, loadKernels } from "./kernels.ts";
import { openSession } from "./session.ts";
import { askPolicy } from "./worker.ts";

/** int8 on this package's WASM kernels: the default backend. */
export function wasmInt8(request: EngineRequest = {}): Backend {
  /** The kernels that the probe loads; until then those of most machines. */
  let kernels: Pick<LoadedKernels, "build" | "dotOperand" | "wide"> = {
    build: "relaxed",
    dotOperand: "u8",
    wide: null,
  };
  return {
    device: "wasm",
    precision: "int8",
    async probe() {
      if (threadsFor(request).threads > 1) await askPolicy();
      const { threads, reason } = threadsFor(request);
      try {
        const { build, fault, wide, narrow } = kernels = await loadKernels(
          threads > 1,
          request.wideVectors,
        );
        const { bits, conv } = selectKernels(kernels, request.activationBits);
        const detail = [
          build === "relaxed" ? "relaxed SIMD" : "SIMD",
          ...wide && conv !== "convPlain" ? ["256-bit vectors"] : [],
          `${bits}-bit activations`,
          threads === 1 ? "1 thread" : `${threads} threads`,
        ].join(", ");
        const wrong = fault && `this runtime computes ${fault} wrongly`;
        const few = narrow && `no 256-bit vectors: ${narrow}`;
        const remarks = [reason, wrong, few].filter((it) => it !== null).join(
          "; ",
        );
        return {
          available: true,
          activationBits: bits,
          detail: remarks === "" ? detail : `${detail} (${remarks})`,
        };
      } catch (error) {
        if (!(error instanceof BackendUnavailableError)) throw error;
        return { available: false, reason: error.message };
      }
    },
    memory(graph) {
      const config = selectKernels(kernels, request.activationBits);
      const { layout } = planEngine(graph, request, config, kernels);
      return Promise.resolve(layout.bytes);
    },
    reserve(graph) {
      let engine: Engine | undefined;
      return {
        async allocate(byteLength) {
          engine = await prepareEngine(graph, request);
          const { memory, layout, plan } = engine;
          // The file's digest, after the weights, is stored where the tables go later.
          const rest = byteLength - plan.weightBytes;
          return rest < 0 || rest > plan.tableBytes
            ? new Uint8Array(byteLength)
            : new Uint8Array(memory.buffer, layout.weights, byteLength);
        },
        async open(network) {
          assertQuantized(network);
          const own = engine ?? await prepareEngine(graph, request);
          engine = undefined; // It is only for one session.
          return openSession(own, network);
        },
        [Symbol.dispose]() {
          engine = undefined;
        },
      };
    },
  };
}
