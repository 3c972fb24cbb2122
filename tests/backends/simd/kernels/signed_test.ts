/**
 * Machines that read activations in other ways than this one: their dots are
 * emulated.
 */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { selectKernels } from "../../../../src/backends/simd/kernel_config.ts";
import { prepareTrial } from "../../../../src/backends/simd/trial.ts";
import { compileKernels } from "../../../../tools/build.ts";
import { inceptionV3 } from "../../../../src/model/mod.ts";
import { noise } from "../../../random.ts";
import { evaluate, randomNetwork, runProgram } from "../int8_network.ts";
import { checkConv, convCases } from "./conv_cases.ts";
import { instantiate, type KernelInstance } from "./kernels.ts";

/** The first byte of memory, which kernels have no use for, says which machine. */
const MACHINE = 0;
const SIGNED = 1;
const SATURATING = 2;

/** The instructions of `dot.ts`, by such that are the same everywhere. */
const DOT_PAIRS = "i16x8.relaxed_dot_i8x16_i7x16_s";
const DOT_ADD = "i32x4.relaxed_dot_i8x16_i7x16_add_s";
const EMULATION = `
@inline
function dotPairs(w: v128, x: v128): v128 {
  const wl = i16x8.extend_low_i8x16_s(w), wh = i16x8.extend_high_i8x16_s(w);
  if (load<u8>(${MACHINE}) == ${SIGNED}) { // smull, smull2, addp
    return i16x8.narrow_i32x4_s(
      i32x4.dot_i16x8_s(wl, i16x8.extend_low_i8x16_s(x)),
      i32x4.dot_i16x8_s(wh, i16x8.extend_high_i8x16_s(x)),
    );
  } else { // pmaddubsw
    const low = i16x8.mul(wl, i16x8.extend_low_i8x16_u(x));
    const high = i16x8.mul(wh, i16x8.extend_high_i8x16_u(x));
    return i16x8.add_sat_s(
      v128.shuffle<i16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14),
      v128.shuffle<i16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15),
    );
  }
}

@inline
function dotAdd(w: v128, x: v128, sums: v128): v128 {
  return i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(dotPairs(w, x)));
}
`;

let kernels: KernelInstance | undefined;

Deno.test("probe() finds how the dots of other machines read codes", async () => {
  assert.equal((await machine(SIGNED)).exports.probe(64), 1);
  assert.equal((await machine(SATURATING)).exports.probe(64), 2);
});

Deno.test("convI32() and convI16() give a signed dot's codes of 0..255 less 128", async () => {
  await check(SIGNED, 255, true);
});

Deno.test("the trial's results are the same with a signed dot", async () => {
  const { memory, exports } = await machine(SIGNED);
  const config = selectKernels({ build: "relaxed", dotOperand: "s8" });
  const trial = prepareTrial(exports, memory, config);
  memory[MACHINE] = SIGNED;
  assert.ok(trial.passes());
  memory[MACHINE] = SATURATING;
  assert.ok(!trial.passes());
});

Deno.test("writeProgram() gives the answers of the reference with a signed dot", async () => {
  const kernels = await machine(SIGNED);
  const graph = inceptionV3({
    variant: 75,
    widthMultiplier: 1 / 16,
    classes: 5,
  });
  const network = randomNetwork(graph, 1);
  const pixels = noise(75);
  const expected = evaluate(network, graph, pixels, 8);
  const found = runProgram(kernels, network, graph, pixels, "relaxed", {
    bits: 8,
    conv: "convI32",
    image: "convPlain",
    signed: true,
  });
  assert.equal(found.size, 4);
  for (const [name, values] of found) {
    assert.deepEqual(values, expected.get(name), name);
  }
});

Deno.test("convI32() and convI16() are exact for codes of 0..127 with a signed dot", async () => {
  await check(SIGNED, 127);
});

Deno.test("convI32() and convI16() are exact for codes of 0..127 with a dot that saturates", async () => {
  await check(SATURATING, 127);
});

async function check(which: number, largest: 127 | 255, signed = false) {
  const kernels = await machine(which);
  const kinds = fc.constantFrom("convI32" as const, "convI16" as const);
  fc.assert(
    fc.property(kinds, convCases, (kind, it) => {
      checkConv(kernels, kind, it, largest, signed);
    }),
    { numRuns: 80 },
  );
}

async function machine(which: number): Promise<KernelInstance> {
  if (!kernels) {
    const source = Deno.readTextFileSync(
      new URL("../../../../src/backends/simd/kernels/dot.ts", import.meta.url),
    );
    assert.ok(source.includes(DOT_PAIRS) && source.includes(DOT_ADD));
    const dot = source.replaceAll(DOT_PAIRS, "dotPairs")
      .replaceAll(DOT_ADD, "dotAdd") + EMULATION;
    const module = await compileKernels(
      "relaxed",
      new Map([["dot.ts", dot]]),
      "-O0",
    );
    kernels = instantiate(Uint8Array.from(module), false);
  }
  kernels.memory[MACHINE] = which;
  return kernels;
}
