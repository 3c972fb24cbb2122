import { BackendUnavailableError } from "../../errors.ts";
import { cacheByModules, handedInFirst } from "../../runtime/wasm_modules.ts";
import { kernelModule } from "../kernel_module.ts";
import { type KernelBuild, simdBuilds } from "../wasm_features.ts";
import {
  type DotOperandType,
  type KernelExports,
  selectKernels,
} from "./kernel_config.ts";
import { link } from "./link.ts";
import { prepareTrial } from "./trial.ts";

/** Kernels that are ready to be instantiated. */
export interface LoadedKernels {
  readonly build: KernelBuild;
  readonly module: WebAssembly.Module;
  readonly dotOperand: DotOperandType;
  /** The kernel that this engine computes wrongly, for messages; null if none. */
  readonly fault: string | null;
  /** The 256-bit kernels, if they were requested and this runtime widens them. */
  readonly wide: WideKernels | null;
  /** Why there are no 256-bit kernels although they were requested. */
  readonly narrow: string | null;
}

/** 256-bit kernels in a separate module, which use the same memory. */
export interface WideKernels {
  readonly module: WebAssembly.Module;
  /** The export that computes convolutions. */
  readonly name: string;
  /** Whether they read weights with even and odd bytes separated. */
  readonly split: boolean;
}

/** The modules as text, each imported on demand: a page needs one of four. */
const EMBEDDED = {
  relaxed: () => import("./modules/relaxed.ts"),
  relaxed_threads: () => import("./modules/relaxed_threads.ts"),
  plain: () => import("./modules/plain.ts"),
  plain_threads: () => import("./modules/plain_threads.ts"),
} as const;

const DOT_OPERANDS: readonly DotOperandType[] = ["u8", "s8", "i7"];

/** How long kernels warm up so that V8 optimises them, in ms. */
const WARM_UP = 4;

/**
 * Upper bound of calls while warming up: the clock of a Cloudflare Worker stands
 * still while it computes. V8 15 begins to optimise after some 980.
 */
const WARM_UP_CALLS = 1000;

const unshared = cacheByModules(() => firstRight(false));
const shared = cacheByModules(() => firstRight(true));

/**
 * Compiles the kernels for this runtime, probes the processor, tries them (see
 * `trial.ts`) and warms them up: V8 then optimises them while weights are read.
 */
export async function loadKernels(
  onShared: boolean,
  wideVectors = false,
): Promise<LoadedKernels> {
  const kernels = await (onShared ? shared() : unshared());
  if (!wideVectors) return kernels;
  const { loadWide } = await import("./wide.ts");
  return { ...kernels, ...await loadWide(kernels, onShared) };
}

export function instantiate(
  { module, wide }: Pick<LoadedKernels, "module" | "wide">,
  memory: WebAssembly.Memory,
): KernelExports {
  return link({ module, wide, memory }) as unknown as KernelExports;
}

/**
 * The first kernels that compute correctly: relaxed ones before plain ones, and modules
 * that the program provided before all others.
 */
async function firstRight(shared: boolean): Promise<LoadedKernels> {
  const builds = simdBuilds();
  if (builds.length === 0) {
    throw new BackendUnavailableError(
      "Cannot run the kernels as this runtime has no WebAssembly SIMD",
    );
  }
  const moduleName = (build: KernelBuild) =>
    shared ? `${build}_threads` as const : build;
  let fault: string | null = null;
  for (const name of handedInFirst(builds.map(moduleName))) {
    const build = builds.find((it) => moduleName(it) === name)!;
    const module = await kernelModule(name, EMBEDDED[name]);
    const found = prepare(build, module, shared);
    fault ??= found.fault;
    const { dotOperand } = found;
    if (dotOperand !== null) {
      return { build, module, dotOperand, fault, wide: null, narrow: null };
    }
  }
  throw new BackendUnavailableError(
    `Cannot run the kernels as this runtime computes them wrongly: ${fault}`,
  );
}

/** The operand type with which kernels are correct; null if there is none. */
function prepare(
  build: KernelBuild,
  module: WebAssembly.Module,
  shared: boolean,
) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared });
  const kernels = instantiate({ module, wide: null }, memory);
  const probed = DOT_OPERANDS[kernels.probe(64)]!;
  let fault: string | null = null;
  // Kernels that sum two products don't use the instruction that sums four.
  for (
    const dotOperand of new Set([probed, build === "plain" ? probed : "i7"])
  ) {
    const config = selectKernels({ build, dotOperand });
    const trial = prepareTrial(kernels, memory, config);
    if (trial.passes()) {
      trial.warmUp(WARM_UP, WARM_UP_CALLS);
      if (trial.passes()) return { dotOperand, fault };
    }
    fault ??= `${config.conv} of the ${build} build`;
  }
  return { dotOperand: null, fault };
}
