/**
 * Runs a kernel in a memory of noise and compares the whole memory with a copy in which
 * the expected result was written.
 */
import assert from "node:assert/strict";
import {
  type Fields,
  type Kind,
  LEVEL_BYTES,
  PROGRAM_BYTES,
  STEP_BYTES,
  writeLevel,
  writeStep,
} from "../../../../src/backends/simd/records.ts";
import type { KernelExports } from "../../../../src/backends/simd/kernel_config.ts";
import { link } from "../../../../src/backends/simd/link.ts";
import { importUnshared } from "../../../../src/backends/simd/wide.ts";
import { randomNumbers } from "../../../random.ts";
import { filled } from "../../../filled.ts";

/** The modules that are built from the kernels. */
export const BUILDS = [
  "relaxed",
  "plain",
  "relaxed_threads",
  "plain_threads",
] as const;

/** The name of a module. */
export type Build = (typeof BUILDS)[number];

/** A module with a memory. */
export interface KernelInstance {
  readonly memory: Uint8Array;
  readonly exports: KernelExports;
}

/** A memory of noise for running a single kernel. */
export interface Bench {
  readonly memory: Uint8Array;
  /** Reserves bytes and returns their address. */
  claim(bytes: number): number;
  /** Puts a copy of `values` into memory and returns its address. */
  put(values: ArrayBufferView): number;
  /**
   * Runs all tasks of a step.
   *
   * @param expect Changes a copy of the memory as the kernel should.
   * @param scratchBytes The scratch memory that the kernel may also change.
   */
  run<K extends Kind>(
    kind: K,
    tasks: number,
    fields: Fields<K>,
    expect: (memory: Uint8Array) => void,
    scratchBytes?: number,
  ): void;
}

const PAGES = 4;

/** The bytes that kernels may read beyond their input. */
const READ_BEYOND = 16;

/** Bytes of noise between allocations. */
const GAP = 64;

/** Addresses start here. */
const PROGRAM = 64;
const LEVEL = PROGRAM + PROGRAM_BYTES;
const STEP = LEVEL + LEVEL_BYTES;
const SCRATCH = STEP + STEP_BYTES;

const NOISE = noiseBytes(PAGES * 65536 - PROGRAM);

const instances = new Map<string, KernelInstance>();

/** The wide kernel of convolutions. */
export type WideName = "convWideI32" | "convWideI16";

/**
 * The committed build of a module.
 *
 * @param wide The kernel that `convWide` runs.
 */
export function kernelsOf(
  build: Build,
  wide: WideName = "convWideI32",
): KernelInstance {
  const name = `${build} ${wide}`;
  let kernels = instances.get(name);
  if (!kernels) {
    kernels = instantiate(
      readModule(build),
      build.endsWith("_threads"),
      { bytes: readModule("wide"), name: wide },
    );
    instances.set(name, kernels);
  }
  return kernels;
}

function readModule(name: Build | "wide"): Uint8Array<ArrayBuffer> {
  const path = `../../../../src/backends/simd/modules/${name}.wasm`;
  return Deno.readFileSync(new URL(path, import.meta.url));
}

/** @param shared Whether the module is built for threads. */
export function instantiate(
  bytes: Uint8Array<ArrayBuffer>,
  shared: boolean,
  wide: { readonly bytes: Uint8Array<ArrayBuffer>; readonly name: WideName },
): KernelInstance {
  const maximum = shared ? 65536 : PAGES;
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum, shared });
  const module = new WebAssembly.Module(bytes);
  const wideModule = new WebAssembly.Module(
    shared ? wide.bytes : importUnshared(wide.bytes),
  );
  const exports = link({
    module,
    memory,
    wide: { module: wideModule, name: wide.name },
  });
  return {
    memory: new Uint8Array(memory.buffer),
    exports: exports as unknown as KernelInstance["exports"],
  };
}

/** Allocates downwards from the memory's end, beyond which kernels can't read. */
export function prepare({ memory, exports }: KernelInstance): Bench {
  memory.set(NOISE, PROGRAM);
  let end = memory.length - READ_BEYOND;
  const claim = (bytes: number) => {
    const address = end - bytes;
    end = address - GAP;
    return address;
  };
  return {
    memory,
    claim,
    put(values) {
      const { buffer, byteOffset, byteLength } = values;
      const address = claim(byteLength);
      memory.set(new Uint8Array(buffer, byteOffset, byteLength), address);
      return address;
    },
    run(kind, tasks, fields, expect, scratchBytes = 0) {
      const free = end - SCRATCH - scratchBytes;
      assert.ok(free >= 0, `${-free} bytes of memory are missing`);
      const view = new DataView(memory.buffer);
      memory.fill(0, PROGRAM, SCRATCH);
      writeLevel(view, LEVEL, tasks, STEP);
      writeStep(view, STEP, kind, tasks, fields);

      const expected = memory.slice();
      expect(expected);
      assert.equal(exports.run(PROGRAM, 1, SCRATCH), 1);
      for (
        const [start, end] of [
          [PROGRAM, STEP], // The counter of tasks for threads.
          [SCRATCH, SCRATCH + scratchBytes],
        ]
      ) {
        expected.set(memory.subarray(start, end), start);
      }
      assertSameBytes(memory, expected);
    },
  };
}

/** Like `assert.deepEqual()`, which is slow for whole memories. */
export function assertSameBytes(found: Uint8Array, expected: Uint8Array): void {
  assert.equal(found.length, expected.length);
  const words = new Uint32Array(found.buffer);
  const expectedWords = new Uint32Array(expected.buffer);
  for (let i = 0; i < words.length; i++) {
    if (words[i] === expectedWords[i]) continue;
    let at = i * 4;
    while (found[at] === expected[at]) at++;
    assert.fail(`Byte ${at} is ${found[at]} and should be ${expected[at]}`);
  }
}

function noiseBytes(length: number): Uint8Array {
  const random = randomNumbers(1);
  return filled(Uint8Array, length, () => random() * 256);
}
