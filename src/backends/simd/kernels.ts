/**
 * The compiled kernels: which build this runtime takes, and what its processor
 * makes of them.
 *
 * @module
 */
import { BackendUnavailableError } from "../../errors.ts";
import { handedInFirst, keepWithModules } from "../../wasm_modules.ts";
import { kernelModule } from "../kernel_module.ts";
import { type SimdBuild, simdBuilds } from "../wasm_features.ts";
import { arithmeticOf, type Reading } from "./arithmetic.ts";
import type { KernelExports } from "./kernel_exports.ts";
import { prepareTrial } from "./trial.ts";

/** Kernels that are ready to be instantiated. */
export interface Kernels {
  /** Which build. */
  readonly build: SimdBuild;
  readonly module: WebAssembly.Module;
  readonly reading: Reading;
  /** What this engine computes wrongly, so that others were taken; for people. */
  readonly fault: string | null;
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
 * computes. V8 15 begins to optimise after some 980.
 */
const WARM_UP_CALLS = 1000;

const unshared = keepWithModules(() => firstRight(false));
const shared = keepWithModules(() => firstRight(true));

/**
 * Compiles the kernels for this runtime, asks the processor, tries them (see
 * `trial.ts`), and lets them run a little: their optimised code then comes while
 * weights are read.
 *
 * @param onShared Whether they shall run on memory that several threads share.
 * @throws {BackendUnavailableError} When this runtime has no SIMD, doesn't compile,
 * or computes wrongly.
 */
export function loadKernels(onShared: boolean): Promise<Kernels> {
  return onShared ? shared() : unshared();
}

/** The exports of kernels on `memory`. */
export function instantiate(
  { module }: Pick<Kernels, "module">,
  memory: WebAssembly.Memory,
): KernelExports {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as KernelExports;
}

/**
 * The first kernels that are right: relaxed ones, where the runtime has them, or plain
 * ones; of all these first those that are handed in.
 */
async function firstRight(shared: boolean): Promise<Kernels> {
  const builds = simdBuilds();
  if (builds.length === 0) {
    throw new BackendUnavailableError(
      "Cannot run the kernels as this runtime has no WebAssembly SIMD",
    );
  }
  const backendName = (build: SimdBuild) =>
    shared ? `${build}_threads` as const : build;
  let fault: string | null = null;
  for (const name of handedInFirst(builds.map(backendName))) {
    const build = builds.find((it) => backendName(it) === name)!;
    const module = await kernelModule(name, EMBEDDED[name]);
    const found = prepare(build, module, shared);
    fault ??= found.fault;
    const { reading } = found;
    if (reading !== null) return { build, module, reading, fault };
  }
  throw new BackendUnavailableError(
    `Cannot run the kernels as this runtime computes them wrongly: ${fault}`,
  );
}

/** How this machine reads codes with kernels that are right; null if none are. */
function prepare(
  build: SimdBuild,
  module: WebAssembly.Module,
  shared: boolean,
): { readonly reading: Reading | null; readonly fault: string | null } {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared });
  const kernels = instantiate({ module }, memory);
  const probed = READINGS[kernels.probe(64)]!;
  let fault: string | null = null;
  // Sums of two products don't need the instruction that sums four.
  for (const reading of new Set([probed, build === "plain" ? probed : "i7"])) {
    const arithmetic = arithmeticOf({ build, reading });
    const trial = prepareTrial(kernels, memory, arithmetic);
    if (trial.passes()) {
      trial.warmUp(WARM_UP, WARM_UP_CALLS);
      if (trial.passes()) return { reading, fault };
    }
    fault ??= `${arithmetic.conv} of the ${build} build`;
  }
  return { reading: null, fault };
}
