import {
  assertArgument,
  assertChoice,
  type OptionNames,
} from "../../argument.ts";
import { MemoryLimitError } from "../../errors.ts";
import type { Graph } from "../../model/mod.ts";
import { type KernelConfig, selectKernels } from "./kernel_config.ts";
import { type LoadedKernels, loadKernels } from "./kernels.ts";
import { coreCount, MAX_THREADS } from "./thread_counts.ts";
import { type Layout, planMemory } from "./layout.ts";
import { type Plan, planGraph, type PlannedKernels } from "./plan.ts";
import { refusalOfThreads } from "./worker.ts";

/** Options of the int8 engine. */
export interface EngineRequest {
  /**
   * The bits of an activation. Both 7 and 8 give the same answers on every machine, bit
   * for bit. With 7, the first two activations still have 8, as they lose the most. 8
   * is closer to f32, but slower on x86 processors without VNNI and in runtimes that
   * don't use VNNI. `"auto"`, the default, is 8 where it isn't slower, otherwise 7: two
   * runtimes may choose differently on the same machine.
   */
  readonly activationBits?: 7 | 8 | "auto" | undefined;
  /**
   * The number of threads, 1..64; 1 unless given. `"auto"` is the number of cores, at
   * most 64.
   *
   * Only one thread runs in pages that aren't cross-origin isolated, as these can't
   * share memory, in pages whose policy doesn't allow `blob:` in `worker-src`, in
   * workers of Firefox, which may hang when they start workers, and in runtimes that
   * can't start workers, such as Node with `--permission` but without `--allow-worker`.
   * The backend's `probe` says why. In Deno, threads keep the process alive until the
   * classifier is disposed; in Node and Bun only during a run.
   */
  readonly threads?: number | "auto" | undefined;
  /**
   * How threads are used. With `"latency"`, the default, they share the layers of one
   * image at a time. With `"throughput"`, each thread runs an image of its own, which
   * gives more images per second if several are run at once.
   */
  readonly threading?: "latency" | "throughput" | undefined;
  /**
   * Whether to use vectors of 256 bits where the JavaScript engine supports them;
   * `false` unless given. The answers are the same, bit for bit.
   *
   * V8 supports them on x86 if its flag `--experimental-wasm-revectorize` is set. In
   * Node 24 and later, this package sets the flag while these kernels are compiled;
   * other WebAssembly that the process compiles at that time is compiled with it. Deno
   * must be started with `--v8-flags=--experimental-wasm-revectorize`, or with this flag
   * in the environment variable `DENO_V8_FLAGS`. Chromium 156 must be started with
   * `--js-flags=--wasm-revectorize`. Loading takes 0.2 s longer, or up to 1.5 s if vectors
   * aren't widened. Then the other kernels run, and the backend's `probe` says why.
   */
  readonly wideVectors?: boolean | undefined;
}

export const ENGINE_OPTIONS: OptionNames<EngineRequest> = {
  activationBits: true,
  threads: true,
  threading: true,
  wideVectors: true,
};

/** The engine, planned to the byte before any weight is read. */
export interface Engine {
  readonly plan: Plan;
  readonly kernels: LoadedKernels;
  readonly config: KernelConfig;
  readonly memory: WebAssembly.Memory;
  readonly layout: Layout;
}

const PAGE_BYTES = 2 ** 16;

/** Compiles the kernels and reserves the memory for a graph. */
export async function prepareEngine(
  graph: Graph,
  request: EngineRequest,
): Promise<Engine> {
  const shared = threadsFor(request).threads > 1;
  const kernels = await loadKernels(shared, request.wideVectors);
  const config = selectKernels(kernels, request.activationBits);
  const { plan, layout } = planEngine(graph, request, config, kernels);
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

/** The plan and memory layout, before any memory is allocated. */
export function planEngine(
  graph: Graph,
  request: EngineRequest,
  { conv, bytes }: Pick<KernelConfig, "conv" | "bytes">,
  { wide }: Pick<LoadedKernels, "wide">,
): { readonly plan: Plan; readonly layout: Layout } {
  const kernels = conv === "convPlain" ? "plain" : wide ? "wide" : "relaxed";
  const plan = planOf(graph, kernels, bytes === "convPlain");
  const { threads } = threadsFor(request);
  const slots = request.threading === "throughput" ? threads : 1;
  return { plan, layout: planMemory(plan, slots, threads) };
}

const plans = new Map<string, WeakMap<Graph, Plan>>();

/** A graph's plan, made once: a load needs it for the memory limit and for the engine. */
function planOf(
  graph: Graph,
  kernels: PlannedKernels,
  isPlain: boolean,
): Plan {
  const key = `${kernels},${isPlain}`;
  const made = plans.get(key) ?? new WeakMap<Graph, Plan>();
  plans.set(key, made);
  const plan = made.get(graph) ??
    planGraph(graph, kernels, isPlain ? "plain" : kernels);
  made.set(graph, plan);
  return plan;
}

export function assertEngineRequest(request: EngineRequest): void {
  const { activationBits, threading, wideVectors } = request;
  const cannot = "load a model";
  assertChoice(cannot, "activationBits", activationBits, [7, 8, "auto"]);
  assertChoice(cannot, "threading", threading, ["latency", "throughput"]);
  assertChoice(cannot, "wideVectors", wideVectors, [true, false]);
  threadsFor(request);
}

/** The number of threads, and the reason if it is 1 regardless of the request. */
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
  const reason = refusalOfThreads();
  return { threads: reason === null ? asked : 1, reason };
}
