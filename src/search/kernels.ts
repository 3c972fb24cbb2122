import { kernelModule } from "../backends/kernel_module.ts";
import { simdBuilds } from "../backends/wasm_features.ts";
import { BackendUnavailableError } from "../errors.ts";
import { cacheByModules, handedInFirst } from "../runtime/wasm_modules.ts";

/** The functions exported by the kernels; see `kernels/`. */
export interface SearchKernels {
  scan(
    query: number,
    vectors: number,
    scales: number,
    width: number,
    count: number,
    least: number,
    found: number,
  ): number;
  hasHighBits(bytes: number, length: number): number;
}

/** The embedded modules, each loaded on demand. */
const EMBEDDED = {
  search_relaxed: () => import("./modules/search_relaxed.ts"),
  search_plain: () => import("./modules/search_plain.ts"),
} as const;

const rightModule = cacheByModules(() =>
  firstRight((build) => kernelModule(build, EMBEDDED[build]))
);

export async function instantiateKernels(
  memory: WebAssembly.Memory,
): Promise<SearchKernels> {
  return instantiate(await rightModule(), memory);
}

/**
 * The fastest build that this runtime supports and computes correctly. V8 before 12 loses
 * sums of the relaxed dot product in code that it hasn't optimised.
 */
export async function firstRight(
  moduleOf: (build: keyof typeof EMBEDDED) => Promise<WebAssembly.Module>,
): Promise<WebAssembly.Module> {
  const builds = simdBuilds();
  if (builds.length === 0) {
    throw new BackendUnavailableError(
      "Cannot search as this runtime has no WebAssembly SIMD",
    );
  }
  const names = builds.map((build) => `search_${build}` as const);
  for (const build of handedInFirst(names)) {
    const module = await moduleOf(build);
    if (passesTrial(module)) return module;
  }
  throw new BackendUnavailableError(
    "Cannot search as this runtime computes the kernels wrongly",
  );
}

function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): SearchKernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as SearchKernels;
}

/**
 * The width of Inception-v3's features, and enough rows and scans for V8 to optimise the
 * scan.
 */
const WIDTH = 2048;
const COUNT = 16;
const SCANS = 300;

/**
 * Whether the products of some vectors are correct, both at first and after V8 has
 * optimised the scan, which it does in another thread while images are read. This takes 2
 * ms, and saves 20 ms in the first search of many images.
 */
function passesTrial(module: WebAssembly.Module): boolean {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { scan } = instantiate(module, memory);
  const scales = WIDTH * (1 + COUNT);
  const found = scales + COUNT * 4;
  const codes = new Uint8Array(memory.buffer, 0, scales);
  let state = 1;
  for (let i = 0; i < scales; i++) {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    codes[i] = state >>> 25;
  }
  new Float32Array(memory.buffer, scales, COUNT).fill(1);
  const isRight = (count: number) => {
    new Uint8Array(memory.buffer, found, count * 8).fill(0);
    if (scan(0, WIDTH, scales, WIDTH, count, 0, found) !== count) return false;
    const pairs = new DataView(memory.buffer, found);
    for (let row = 0; row < count; row++) {
      let product = 0;
      for (let i = 0, at = WIDTH * (1 + row); i < WIDTH; i++) {
        product += codes[i]! * codes[at++]!;
      }
      const score = pairs.getFloat32(row * 8 + 4, true);
      if (score !== Math.fround(product)) return false;
    }
    return true;
  };
  if (!isRight(2)) return false;
  for (let i = 0; i < SCANS; i++) {
    scan(0, WIDTH, scales, WIDTH, COUNT, Infinity, found);
  }
  return isRight(2);
}
