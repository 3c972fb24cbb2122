/**
 * int8 on our own WASM kernels: the default backend.
 *
 * @module
 */
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

/** The int8 backend for machines without a GPU. */
export function wasmInt8(request: EngineRequest = {}): Backend {
  /** What is known of this machine, once it was asked. */
  let kernels: Pick<LoadedKernels, "build" | "dotOperand"> = {
    build: "relaxed",
    dotOperand: "u8",
  };
  return {
    device: "wasm",
    precision: "int8",
    async probe() {
      if (threadsFor(request).threads > 1) await askPolicy();
      const { threads, reason } = threadsFor(request);
      try {
        const { build, fault } = kernels = await loadKernels(threads > 1);
        const { bits } = selectKernels(kernels, request.activationBits);
        const remarks = [
          ...reason === null ? [] : [reason],
          ...fault === null ? [] : [`this runtime computes ${fault} wrongly`],
        ];
        return {
          available: true,
          activationBits: bits,
          detail: [
            build === "relaxed" ? "relaxed SIMD" : "SIMD",
            `${bits}-bit activations`,
            threads === 1 ? "1 thread" : `${threads} threads`,
          ].join(", ") + (remarks.length > 0 ? ` (${remarks.join("; ")})` : ""),
        };
      } catch (error) {
        if (!(error instanceof BackendUnavailableError)) throw error;
        return { available: false, reason: error.message };
      }
    },
    memory(graph) {
      const config = selectKernels(kernels, request.activationBits);
      return Promise.resolve(
        planEngine(graph, request, config).layout.bytes,
      );
    },
    reserve(graph) {
      let engine: Engine | undefined;
      return {
        async allocate(byteLength) {
          engine = await prepareEngine(graph, request);
          const { memory, layout, plan } = engine;
          // A file's digest, behind the weights, lies where tables come later.
          const rest = byteLength - plan.weightBytes;
          return rest < 0 || rest > plan.tableBytes
            ? new Uint8Array(byteLength)
            : new Uint8Array(memory.buffer, layout.weights, byteLength);
        },
        async open(network) {
          assertQuantized(network);
          const own = engine ?? await prepareEngine(graph, request);
          engine = undefined; // It is for one session.
          return openSession(own, network);
        },
        [Symbol.dispose]() {
          engine = undefined;
        },
      };
    },
  };
}
