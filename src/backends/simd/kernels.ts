/**
 * The compiled kernels: which build this runtime takes, and what its processor
 * makes of them.
 *
 * @module
 */
import { compileEmbedded } from "../../embedded_module.ts";
import { BackendUnavailableError } from "../../errors.ts";
import { wasmFeatures } from "../wasm_features.ts";
import { RESCALE_BYTES, STEP_BYTES, writeStep } from "./records.ts";

/**
 * The kernels as modules, for runtimes that don't compile WebAssembly from bytes,
 * such as Cloudflare's: import the `.wasm` files of `src/backends/simd/modules`.
 * The first one that runs is taken.
 */
export interface KernelModules {
  /** `relaxed.wasm` */
  readonly relaxed?: WebAssembly.Module | undefined;
  /** `plain.wasm`, for runtimes without relaxed SIMD. */
  readonly plain?: WebAssembly.Module | undefined;
}

/** How a processor reads the activations of a relaxed dot product. */
export type Reading =
  /** As unsigned bytes: all 8 bits are exact. */
  | "u8"
  /** As signed bytes: all 8 bits are exact, if 128 is taken off. */
  | "s8"
  /** Exact in 7 bits alone. */
  | "i7";

/** Kernels that are ready to be instantiated. */
export interface Kernels {
  /** Which build. */
  readonly build: "relaxed" | "plain";
  readonly module: WebAssembly.Module;
  readonly reading: Reading;
}

/** What the kernels export; see `kernels/`. */
export interface KernelExports {
  run(program: number, levels: number, scratch: number): number;
  serve(program: number, scratch: number, epoch: number): void;
  stop(program: number): void;
  fail(program: number): void;
  probe(scratch: number): number;
  convI32(step: number, task: number, scratch: number): void;
  convI16(step: number, task: number, scratch: number): void;
  convPlain(step: number, task: number, scratch: number): void;
}

/** The modules as text, each loaded where it runs: a page needs one of the four. */
const EMBEDDED = {
  relaxed: () => import("./modules/relaxed.ts"),
  relaxed_threads: () => import("./modules/relaxed_threads.ts"),
  plain: () => import("./modules/plain.ts"),
  plain_threads: () => import("./modules/plain_threads.ts"),
} as const;

const READINGS: readonly Reading[] = ["u8", "s8", "i7"];

/** How long kernels run for nothing, so that V8 optimises them, in ms. */
const WARM_UP = 4;

/**
 * How often at most: the clock of a Cloudflare Worker stands still while it
 * computes. So many take 4 ms or more.
 */
const WARM_UP_CALLS = 1000;

const loaded = new Map<boolean, Promise<Kernels>>();

/**
 * Compiles the kernels for this runtime, asks the processor, and lets them run a
 * little: their optimised code then comes while weights are read.
 *
 * @param shared Whether they shall run on memory that several threads share.
 * @throws {BackendUnavailableError} When this runtime has no SIMD, or doesn't
 * compile.
 */
export function loadKernels(
  shared: boolean,
  given?: KernelModules,
): Promise<Kernels> {
  if (given !== undefined) return choose(given);
  const kernels = loaded.get(shared) ?? compile(shared);
  loaded.set(shared, kernels);
  return kernels;
}

/** The exports of kernels on `memory`. */
export function instantiate(
  { module }: Pick<Kernels, "module">,
  memory: WebAssembly.Memory,
): KernelExports {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as KernelExports;
}

async function compile(shared: boolean): Promise<Kernels> {
  const build = buildFor();
  const embedded = EMBEDDED[shared ? `${build}_threads` as const : build];
  const { BASE64 } = await embedded();
  let module;
  try {
    module = await compileEmbedded(BASE64);
  } catch (cause) {
    throw new BackendUnavailableError(
      "Cannot compile the kernels here: give them as modules",
      { cause },
    );
  }
  return prepare(build, module, shared);
}

async function choose({ relaxed, plain }: KernelModules): Promise<Kernels> {
  if (relaxed && buildFor() === "relaxed") {
    return await prepare("relaxed", relaxed, false);
  }
  if (plain) return await prepare("plain", plain, false);
  throw new BackendUnavailableError(
    "Cannot run the kernels that were given: this runtime needs plain.wasm",
  );
}

/** The build that this runtime validates. */
function buildFor(): Kernels["build"] {
  const { simd, relaxedSimd } = wasmFeatures();
  if (simd) return relaxedSimd ? "relaxed" : "plain";
  throw new BackendUnavailableError(
    "Cannot run the kernels as this runtime has no WebAssembly SIMD",
  );
}

function prepare(
  build: Kernels["build"],
  module: WebAssembly.Module,
  shared: boolean,
): Kernels {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared });
  const kernels = instantiate({ module }, memory);
  const reading = READINGS[kernels.probe(64)]!;
  warmUp(kernels, memory, convKernel(build, reading));
  return { build, module, reading };
}

/** The kernel for convolutions of activations that have passed the first. */
export function convKernel(build: Kernels["build"], reading: Reading) {
  if (build === "plain") return "convPlain";
  // Only x86 without VNNI reads 7 bits, and has no better than sums of two.
  return reading === "i7" ? "convI16" : "convI32";
}

function warmUp(
  kernels: KernelExports,
  memory: WebAssembly.Memory,
  kernel: "convPlain" | "convI32" | "convI16",
): void {
  const step = 64;
  const rescale = step + STEP_BYTES;
  const input = rescale + RESCALE_BYTES;
  const channels = 256;
  const weights = input + channels;
  const output = weights + channels * 8;
  const scratch = output + 64;
  writeStep(new DataView(memory.buffer), step, kernel, 1, {
    input,
    inputStepX: 0,
    inputStepY: 0,
    inputRow: channels,
    run: channels,
    kernelRows: 1,
    output,
    outputStepX: 8,
    outputStepY: 0,
    width: 6,
    pixels: 6,
    taskPixels: 6,
    weights,
    panels: 1,
    taskPanels: 1,
    lastChannels: 8,
    rescale,
    top: 127,
    flip: 0,
  });
  const end = performance.now() + WARM_UP;
  for (let calls = 0; calls < WARM_UP_CALLS; calls += 20) {
    if (performance.now() >= end) break;
    for (let i = 0; i < 20; i++) kernels[kernel](step, 0, scratch);
  }
}
