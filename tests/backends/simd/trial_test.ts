import assert from "node:assert/strict";
import type { KernelConfig } from "../../../src/backends/simd/kernel_config.ts";
import { loadKernels } from "../../../src/backends/simd/kernels.ts";
import {
  addHash,
  prepareTrial,
  TRIAL_GRAPH,
  TRIAL_HASH,
  TRIAL_IMAGE,
  TRIAL_NETWORK,
} from "../../../src/backends/simd/trial.ts";
import { wasmInt8 } from "../../../src/backends/simd/wasm_int8.ts";
import { importUnshared } from "../../../src/backends/simd/wide.ts";
import { prepareWideTrial } from "../../../src/backends/simd/wide_trial.ts";
import { compileKernels } from "../../../tools/build.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { setWasmModules } from "../../../src/runtime/wasm_modules.ts";
import { noise } from "../../random.ts";
import { wasmModule } from "../../wasm_module.ts";
import { PLACEHOLDER, withNumber } from "../../wasm_placeholder.ts";
import { type Build, kernelsOf } from "./kernels/kernels.ts";
import { evaluate } from "./int8_network.ts";
import { narrowNetwork } from "./narrow_file.ts";

/** Relaxed kernels that are exact only in 7 bits. */
const BYTES = {
  bytes: "convPlain",
  image: "convPlain",
  signed: false,
} as const;

const CONFIGS: readonly (readonly [Build, KernelConfig])[] = [
  ["plain", { bits: 8, conv: "convPlain", ...BYTES }],
  ["plain", { bits: 7, conv: "convPlain", ...BYTES }],
  ["relaxed", { bits: 7, conv: "convI16", ...BYTES }],
  ["relaxed", { bits: 7, conv: "convI32", ...BYTES }],
];

for (const [build, config] of CONFIGS) {
  const { bits, conv } = config;
  Deno.test(`the trial passes: ${conv} of ${build}, ${bits} bits`, () => {
    const { memory, exports } = kernelsOf(build);
    const { passes } = prepareTrial(exports, memory, config);
    assert.ok(passes());
    assert.ok(passes(), "and again");
  });
}

Deno.test("the trial's results are the reference's", () => {
  for (const bits of [7, 8] as const) {
    const codes = evaluate(TRIAL_NETWORK, TRIAL_GRAPH, TRIAL_IMAGE, bits);
    let hash = 0;
    for (const name of ["first", "second", "pool", "third"]) {
      const values = codes.get(name)!;
      assert.ok(new Set(values).size > 50, "Few codes would prove little");
      hash = addHash(hash, values);
    }
    assert.equal(TRIAL_HASH[bits], hash);
  }
});

/** Simulated faults of an engine, by their numbers in the kernels. */
const FAULTS = {
  none: 0,
  /** Sums after the addition of four products are lost. */
  "sums of four": 1,
  /** The same, but only later. */
  "sums of four, later": 2,
  /** Fractions are rounded instead of truncated. */
  truncation: 3,
} as const;

type Fault = keyof typeof FAULTS;

/** A relaxed build with a fault, as run by an engine with unsigned codes. */
async function wrongBuild(fault: Fault): Promise<WebAssembly.Module> {
  compiled ??= compileWrong();
  return await WebAssembly.compile(withNumber(await compiled, FAULTS[fault]));
}

let compiled: Promise<Uint8Array> | undefined;

/** Compiles a build with all faults, one of which a number selects. */
async function compileWrong(): Promise<Uint8Array> {
  const dot = readKernels("dot.ts")
    .replaceAll("i16x8.relaxed_dot_i8x16_i7x16_s", "dotPairs")
    .replaceAll("i32x4.relaxed_dot_i8x16_i7x16_add_s", "dotAdd") + `
let calls: u32 = 0;
let fault: u32 = ${PLACEHOLDER};

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
  if (fault == ${FAULTS["sums of four"]}) return four;
  if (fault == ${FAULTS["sums of four, later"]} && ++calls > 5000) return four;
  return i32x4.add(four, sums);
}
`;
  const truncate = "i32x4.relaxed_trunc_f32x4_s(most)";
  const source = readKernels("requantize.ts");
  assert.ok(source.includes(truncate));
  const requantize = source.replace(
    truncate,
    `(rounding == ${FAULTS.truncation} ? i32x4.trunc_sat_f32x4_s(f32x4.nearest(most)) : ${truncate})`,
  ) + `\nlet rounding: u32 = ${PLACEHOLDER};\n`;
  const sources = new Map([["dot.ts", dot], ["requantize.ts", requantize]]);
  return await compileKernels("relaxed", sources, "-O0");
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

Deno.test("prepareWideTrial() finds wide kernels that lose sums", async () => {
  const add = "i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, sums)";
  const source = readKernels("dot.ts");
  assert.ok(source.includes(add));
  const dot = source.replace(add, add.replace("sums", "i32x4.splat(0)"));
  const bytes = await compileKernels("wide", new Map([["dot.ts", dot]]), "-O0");
  const wide = {
    module: await WebAssembly.compile(importUnshared(Uint8Array.from(bytes))),
    name: "convWideI32",
    split: false,
  };
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const module = await wasmModule("relaxed");
  const trial = prepareWideTrial({ module, wide }, memory, "convI32");
  assert.ok(!trial.passes());
});
