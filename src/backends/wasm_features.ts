/** The WebAssembly features of this runtime. */
export interface WasmFeatures {
  /** 128-bit vectors. */
  readonly simd: boolean;
  /** Vector instructions whose results may differ between processors. */
  readonly relaxedSimd: boolean;
  /** Memory that threads share. */
  readonly threads: boolean;
}

/**
 * Probes this runtime's WebAssembly features, by compiling the smallest modules that
 * need them.
 */
export function wasmFeatures(): WasmFeatures {
  return {
    simd: validates(SIMD),
    relaxedSimd: validates(RELAXED_SIMD),
    threads: typeof SharedArrayBuffer !== "undefined" && validates(THREADS),
  };
}

/** Whether kernels use relaxed SIMD. */
export type KernelBuild = "relaxed" | "plain";

/** The builds of kernels that this runtime validates, the fastest first. */
export function simdBuilds(): readonly KernelBuild[] {
  const { simd, relaxedSimd } = wasmFeatures();
  if (!simd) return [];
  return relaxedSimd ? ["relaxed", "plain"] : ["plain"];
}

function validates(sections: readonly number[]): boolean {
  if (typeof WebAssembly === "undefined") return false;
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return WebAssembly.validate(new Uint8Array([...header, ...sections]));
}

/** A type section, `(type (func))`, and one function of that type. */
const ONE_FUNCTION = [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];

/** `(func i32.const 0 i8x16.splat drop)` */
const SIMD = [...ONE_FUNCTION, 10, 9, 1, 7, 0, 0x41, 0, 0xfd, 15, 0x1a, 11];

/**
 * ```wat
 * (func
 *   i32.const 0 i8x16.splat
 *   i32.const 0 i8x16.splat
 *   i32.const 0 i8x16.splat
 *   i32x4.relaxed_dot_i8x16_i7x16_add_s
 *   drop)
 * ```
 */
// deno-fmt-ignore
const RELAXED_SIMD = [
  ...ONE_FUNCTION,
  10, 20, 1, 18, 0,
  0x41, 0, 0xfd, 15,
  0x41, 0, 0xfd, 15,
  0x41, 0, 0xfd, 15,
  0xfd, 0x93, 2,
  0x1a, 11,
];

/** `(memory 1 1 shared)` */
const THREADS = [5, 4, 1, 3, 1, 1];
