/**
 * The int8 engine's memory: planned for a graph and a number of threads, to the
 * byte, before any weight is read.
 *
 * @module
 */
import {
  assertArgument,
  assertChoice,
  type OptionNames,
} from "../../argument.ts";
import { MemoryLimitError } from "../../errors.ts";
import type { Graph } from "../../model/mod.ts";
import { wasmFeatures } from "../wasm_features.ts";
import { type KernelConfig, selectKernels } from "./kernel_config.ts";
import { coreCount } from "./cores.ts";
import { type LoadedKernels, loadKernels } from "./kernels.ts";
import { MAX_THREADS } from "./max_threads.ts";
import { type Layout, planMemory } from "./layout.ts";
import { type Plan, planGraph } from "./plan.ts";
import { hasWorkers, isRefusedWorkers } from "./worker.ts";

/** What is asked of the engine. */
export interface EngineRequest {
  /**
   * The bits of activations. Either gives the same answers on every machine, to
   * the bit. 8 is truer to f32; x86 processors without VNNI take longer for it.
   * `"auto"`, unless given: 8 where it costs nothing, else 7.
   */
  readonly activationBits?: 7 | 8 | "auto" | undefined;
  /**
   * How many threads compute, at least 1; 1 unless given. `"auto"`: as many as
   * there are cores. It is 1, whatever is asked, in pages that aren't cross-origin
   * isolated, as these can't share memory, and in those whose policy doesn't allow
   * `blob:` in `worker-src`. In Deno threads keep the process alive until the
   * classifier is disposed; in Node and Bun only while an image is under way.
   */
  readonly threads?: number | "auto" | undefined;
  /**
   * What threads are for. `"latency"`, unless given: they share the layers of one
   * image at a time. `"throughput"`: each runs an image of its own, so that more
   * images are done a second if several are under way.
   */
  readonly threading?: "latency" | "throughput" | undefined;
}

/** All of {@linkcode EngineRequest}. */
export const ENGINE_OPTIONS: OptionNames<EngineRequest> = {
  activationBits: true,
  threads: true,
  threading: true,
};

/** All of the engine but a network's weights. */
export interface Engine {
  readonly plan: Plan;
  readonly kernels: LoadedKernels;
  readonly config: KernelConfig;
  readonly memory: WebAssembly.Memory;
  readonly layout: Layout;
}

const PAGE_BYTES = 2 ** 16;

/**
 * Compiles the kernels and reserves the memory for a graph.
 *
 * @throws {BackendUnavailableError} When this runtime doesn't run the kernels.
 * @throws {MemoryLimitError} When the runtime has no such memory.
 */
export async function prepareEngine(
  graph: Graph,
  request: EngineRequest,
): Promise<Engine> {
  const shared = threadsFor(request).threads > 1;
  const kernels = await loadKernels(shared);
  const config = selectKernels(kernels, request.activationBits);
  const { plan, layout } = planEngine(graph, request, config);
  const pages = Math.ceil(layout.bytes / PAGE_BYTES);
  let memory;
  try {
    memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch (cause) {
    throw new MemoryLimitError(
      `Cannot reserve ${layout.bytes} bytes of WebAssembly memory`,
      { cause },
    );
  }
  return { plan, layout, kernels, config, memory };
}

/** What is where, before there is any memory. */
export function planEngine(
  graph: Graph,
  request: EngineRequest,
  { conv }: Pick<KernelConfig, "conv">,
): { readonly plan: Plan; readonly layout: Layout } {
  const plan = planOf(graph, conv === "convPlain" ? "plain" : "relaxed");
  const { threads } = threadsFor(request);
  const lanes = request.threading === "throughput" ? threads : 1;
  return { plan, layout: planMemory(plan, plan.weightBytes, lanes, threads) };
}

const plans = {
  plain: new WeakMap<Graph, Plan>(),
  relaxed: new WeakMap<Graph, Plan>(),
};

/** A graph's plan, made once: a selection asks for it several times. */
function planOf(graph: Graph, kernels: keyof typeof plans): Plan {
  const plan = plans[kernels].get(graph) ?? planGraph(graph, kernels);
  plans[kernels].set(graph, plan);
  return plan;
}

/** @throws {ArgumentError} When something is asked that there isn't. */
export function assertEngineRequest(request: EngineRequest): void {
  const { activationBits, threading } = request;
  const cannot = "load a model";
  assertChoice(cannot, "activationBits", activationBits, [7, 8, "auto"]);
  assertChoice(cannot, "threading", threading, ["latency", "throughput"]);
  threadsFor(request);
}

/**
 * How many threads there will be, and why not more.
 *
 * @throws {ArgumentError} When it isn't a whole number of at least 1.
 */
export function threadsFor(
  { threads = 1 }: EngineRequest,
): { readonly threads: number; readonly reason: string | null } {
  const asked = threads === "auto"
    ? Math.min(coreCount(), MAX_THREADS)
    : threads;
  assertArgument(
    Number.isSafeInteger(asked) && asked >= 1 && asked <= MAX_THREADS,
    `use threads as they must be "auto" or a whole number of 1..${MAX_THREADS}`,
    threads,
  );
  const reason = !wasmFeatures().threads
    ? "this runtime shares no memory: a page must be cross-origin isolated"
    : !hasWorkers()
    ? "this runtime has no workers"
    : isRefusedWorkers()
    ? "the page's Content-Security-Policy must allow blob: in worker-src"
    : null;
  return { threads: reason === null ? asked : 1, reason };
}

/** More threads than that don't help, and each has its memory. */
