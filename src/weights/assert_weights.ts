import { CorruptWeightsError } from "../errors.ts";

/**
 * Checks that no weight is -128. Two adjacent ones, multiplied by the largest codes, overflow
 * the sum of the products on some processors.
 */
export function assertWeights(name: string, weight: Int8Array): void {
  scan ??= prepare();
  if (!scan(weight)) return;
  throw new CorruptWeightsError(
    `Cannot use the weights of "${name}" as they must be in -127..127: one is -128`,
  );
}

let scan: ((weight: Int8Array) => boolean) | undefined;

const PAGE_BYTES = 2 ** 16;

/** 22 MB take 3 ms with SIMD, and 6 to 15 ms in runtimes that can't compile these bytes. */
function prepare(): (weight: Int8Array) => boolean {
  let page: Int8Array;
  let find: (end: number) => number;
  try {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(MODULE);
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    page = new Int8Array(memory.buffer);
    find = exports.find as typeof find;
  } catch {
    return (weight) => weight.includes(-128);
  }
  return (weight) => {
    for (let at = 0; at < weight.length; at += PAGE_BYTES) {
      const chunk = weight.subarray(at, at + PAGE_BYTES);
      page.set(chunk);
      const end = Math.ceil(chunk.length / 16) * 16;
      page.fill(0, chunk.length, end);
      if (find(end)) return true;
    }
    return false;
  };
}

/**
 * ```wat
 * (module
 *   (import "env" "memory" (memory 1))
 *   (func (export "find") (param $end i32) (result i32) (local $found v128)
 *     loop
 *       (local.tee $end (i32.sub (local.get $end) (i32.const 16)))
 *       v128.load
 *       (i8x16.splat (i32.const -128))
 *       i8x16.eq
 *       local.get $found
 *       v128.or
 *       local.set $found
 *       (br_if 0 (local.get $end))
 *     end
 *     (v128.any_true (local.get $found))))
 * ```
 */
// deno-fmt-ignore
const MODULE = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f,
  2, 15, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 0, 1,
  3, 2, 1, 0,
  7, 8, 1, 4, 0x66, 0x69, 0x6e, 0x64, 0, 0,
  10, 41, 1, 39, 1, 1, 0x7b,
  3, 0x40,
  0x20, 0, 0x41, 16, 0x6b, 0x22, 0, 0xfd, 0, 4, 0,
  0x41, 0x80, 0x7f, 0xfd, 15,
  0xfd, 35,
  0x20, 1, 0xfd, 80, 0x21, 1,
  0x20, 0, 0x0d, 0,
  11,
  0x20, 1, 0xfd, 83,
  11,
]);
