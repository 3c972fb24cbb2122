import assert from "node:assert/strict";
import type { KernelConfig } from "../../../src/backends/simd/kernel_config.ts";
import { loadKernels } from "../../../src/backends/simd/kernels.ts";
import { RESCALE_BYTES } from "../../../src/backends/simd/records.ts";
import {
  CHANNELS,
  prepareTrial,
  SIDE,
} from "../../../src/backends/simd/trial.ts";
import { wasmInt8 } from "../../../src/backends/simd/wasm_int8.ts";
import { compileKernels } from "../../../tools/build.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { forEachPacked } from "../../../src/weights/quantize/pack.ts";
import { setWasmModules } from "../../../src/runtime/wasm_modules.ts";
import { noise } from "../../random.ts";
import { wasmModule } from "../../wasm_module.ts";
import { type Build, kernelsOf } from "./kernels/kernels.ts";
import { averagePool, convolve, requantize } from "./kernels/reference.ts";
import { narrowNetwork } from "./narrow_file.ts";

const CONFIGS: readonly (readonly [Build, KernelConfig])[] = [
  ["plain", { bits: 8, conv: "convPlain", image: "convPlain", signed: false }],
  ["plain", { bits: 7, conv: "convPlain", image: "convPlain", signed: false }],
  ["relaxed", { bits: 7, conv: "convI16", image: "convPlain", signed: false }],
  ["relaxed", { bits: 7, conv: "convI32", image: "convPlain", signed: false }],
];

for (const [build, config] of CONFIGS) {
  const { bits, conv } = config;
  Deno.test(`the trial's results are the reference's: ${conv} of ${build}, ${bits} bits`, () => {
    const { memory, exports } = kernelsOf(build);
    const { passes, addresses } = prepareTrial(exports, memory, config);
    assert.ok(passes());
    const qmax = 2 ** bits - 1;
    const view = new DataView(memory.buffer);
    const shape = [SIDE, SIDE, CHANNELS] as const;
    const window = { stride: 1, padding: "same" } as const;
    const extents = {
      kernelHeight: 3,
      kernelWidth: 3,
      inputs: CHANNELS,
      outputs: CHANNELS,
    };
    const weights = new Int8Array(9 * CHANNELS * CHANNELS);
    forEachPacked(
      extents,
      (to, from) => weights[to] = view.getInt8(addresses.weights + from),
    );
    const floats = (at: number) =>
      Float32Array.from({ length: CHANNELS }, (_, channel) =>
        view.getFloat32(
          addresses.rescale + (channel >> 3) * RESCALE_BYTES + at +
            (channel & 7) * 4,
          true,
        ));
    const rescale = {
      multipliers: floats(0),
      offsets: floats(32),
      starts: new Int32Array(CHANNELS),
    };
    const convolved = (at: number) => {
      const input = { shape, values: inner(memory, at) };
      return requantize(
        convolve(input, shape, [3, 3], window, weights),
        rescale,
        qmax,
      );
    };
    const size = SIDE * SIDE * CHANNELS;
    const found = (at: number) => memory.slice(at, at + size);
    const codes = convolved(addresses.codes);
    assert.ok(new Set(codes).size > 50, "Few codes would prove little");
    assert.deepEqual(found(addresses.imageResult), convolved(addresses.image));
    assert.deepEqual(inner(memory, addresses.result), codes);
    assert.deepEqual(
      found(addresses.pooled),
      averagePool(
        { shape, values: codes },
        shape,
        3,
        window,
        false,
        new Float32Array(CHANNELS).fill(1.25),
        qmax,
      ),
    );
  });
}

/** What lies in a frame of one pixel. */
function inner(memory: Uint8Array, at: number): Uint8Array {
  const row = SIDE * CHANNELS;
  const values = new Uint8Array(SIDE * row);
  for (let y = 0; y < SIDE; y++) {
    const start = at + (y + 1) * (row + 2 * CHANNELS) + CHANNELS;
    values.set(memory.subarray(start, start + row), y * row);
  }
  return values;
}

/** What an engine may compute wrongly. */
type Fault =
  | "none"
  /** Sums to which four products are added are lost. */
  | "sums of four"
  /** So they are, but not at first. */
  | "sums of four, later"
  /** What isn't whole is rounded, where it should be truncated. */
  | "truncation";

/** A relaxed build as an engine runs it that reads unsigned codes, with a fault. */
function wrongBuild(fault: Fault): Promise<WebAssembly.Module> {
  const build = builds.get(fault) ?? compileWrong(fault);
  builds.set(fault, build);
  return build;
}

const builds = new Map<Fault, Promise<WebAssembly.Module>>();

async function compileWrong(fault: Fault) {
  const dot = readKernels("dot.ts")
    .replaceAll("i16x8.relaxed_dot_i8x16_i7x16_s", "dotPairs")
    .replaceAll("i32x4.relaxed_dot_i8x16_i7x16_add_s", "dotAdd") + `
let calls: u32 = 0;

@inline
function dotPairs(w: v128, x: v128): v128 {
  const l = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(w), i16x8.extend_low_i8x16_u(x));
  const h = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(w), i16x8.extend_high_i8x16_u(x));
  return i16x8.narrow_i32x4_s(l, h);
}

@inline
function dotAdd(w: v128, x: v128, sums: v128): v128 {
  const l = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(w), i16x8.extend_low_i8x16_u(x));
  const h = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(w), i16x8.extend_high_i8x16_u(x));
  const four = i32x4.add(
    v128.shuffle<i32>(l, h, 0, 2, 4, 6),
    v128.shuffle<i32>(l, h, 1, 3, 5, 7),
  );
  ${fault === "sums of four" ? "return four;" : ""}
  ${fault === "sums of four, later" ? "if (++calls > 5000) return four;" : ""}
  return i32x4.add(four, sums);
}
`;
  let requantize = readKernels("requantize.ts");
  if (fault === "truncation") {
    requantize = requantize.replace(
      "i32x4.relaxed_trunc_f32x4_s(most)",
      "i32x4.trunc_sat_f32x4_s(f32x4.nearest(most))",
    );
  }
  const sources = new Map([["dot.ts", dot], ["requantize.ts", requantize]]);
  const module = await compileKernels("relaxed", sources, "-O0");
  return await WebAssembly.compile(Uint8Array.from(module));
}

function readKernels(name: string): string {
  return Deno.readTextFileSync(
    new URL(`../../../src/backends/simd/kernels/${name}`, import.meta.url),
  );
}

const plain = await wasmModule("plain");

for (
  const [fault, build, dotOperand] of [
    ["none", "relaxed", "u8"],
    ["sums of four", "relaxed", "i7"],
    ["sums of four, later", "relaxed", "i7"],
    ["truncation", "plain", "u8"],
  ] as const
) {
  Deno.test(`${build} kernels are taken as ${dotOperand}, and answer right, with faults: ${fault}`, async () => {
    const relaxed = await wrongBuild(fault);
    setWasmModules({ relaxed, plain });
    const kernels = await loadKernels(false);
    assert.equal(kernels.build, build);
    assert.equal(kernels.dotOperand, dotOperand);
    assert.equal(kernels.fault === null, fault === "none");

    const network = await narrowNetwork();
    const graph = inceptionV3({ ...network.architecture, variant: 75 });
    for (const activationBits of [7, 8] as const) {
      const answers = [];
      for (const modules of [{ relaxed, plain }, { relaxed: undefined }]) {
        setWasmModules(modules);
        using session = await wasmInt8({ activationBits }).reserve(graph).open(
          network,
        );
        answers.push(await session.run(noise(75), "features"));
      }
      assert.deepEqual(answers[0], answers[1]);
    }
  });
}

Deno.test("the fault of an engine is told where backends are", async () => {
  setWasmModules({ relaxed: await wrongBuild("sums of four"), plain });
  const found = await wasmInt8().probe(false);
  assert.ok(found.available);
  assert.match(found.detail, /convI32 of the relaxed build/);
});

Deno.test("kernels that are all wrong are refused", async () => {
  const wrong = await wrongBuild("truncation");
  const refusal = {
    name: "BackendUnavailableError",
    message:
      "Cannot run the kernels as this runtime computes them wrongly: convI32 of the relaxed build",
  };
  setWasmModules({ relaxed: wrong, plain: wrong });
  await assert.rejects(loadKernels(false), refusal);
  setWasmModules({ plain: undefined });
  assert.equal((await loadKernels(false)).build, "plain");
});
