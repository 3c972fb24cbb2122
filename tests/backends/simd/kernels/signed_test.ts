/**
 * Emulates the dot products of machines that interpret activations differently.
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
import { instantiate, type KernelInstance, type WideName } from "./kernels.ts";

/** The first byte of memory, which kernels don't use, selects the machine. */
const MACHINE = 0;
const SIGNED = 1;
const SATURATING = 2;

/** The instructions of `dot.ts`, in terms of portable ones. */
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

const kernels = new Map<WideName, KernelInstance>();
const modules = new Map<"relaxed" | "wide", Uint8Array<ArrayBuffer>>();

Deno.test("probe() finds how the dots of other machines read codes", async () => {
  assert.equal((await machine(SIGNED)).exports.probe(64), 1);
  assert.equal((await machine(SATURATING)).exports.probe(64), 2);
});

Deno.test("Convolutions give a signed dot's codes of 0..255 less 128", async () => {
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
    bytes: "convI32",
    image: "convPlain",
    signed: true,
  });
  assert.equal(found.size, 4);
  for (const [name, values] of found) {
    assert.deepEqual(values, expected.get(name), name);
  }
});

Deno.test("Convolutions are exact for codes of 0..127 with a signed dot", async () => {
  await check(SIGNED, 127);
});

Deno.test("Convolutions are exact for codes of 0..127 with a dot that saturates", async () => {
  await check(SATURATING, 127);
});

async function check(which: number, largest: 127 | 255, signed = false) {
  const i32 = await machine(which, "convWideI32");
  const i16 = await machine(which, "convWideI16");
  const kernels = fc.constantFrom(
    [i32, "convI32"] as const,
    [i32, "convI16"] as const,
    [i32, "convWide"] as const,
    [i16, "convWide"] as const,
  );
  fc.assert(
    fc.property(kernels, convCases, ([kernels, kind], it) => {
      kernels.memory[MACHINE] = which;
      checkConv(kernels, kind, it, largest, signed);
    }),
    { numRuns: 120 },
  );
}

async function machine(
  which: number,
  wide: WideName = "convWideI32",
): Promise<KernelInstance> {
  let made = kernels.get(wide);
  if (!made) {
    const bytes = await compile("wide");
    made = instantiate(await compile("relaxed"), false, { bytes, name: wide });
    kernels.set(wide, made);
  }
  made.memory[MACHINE] = which;
  return made;
}

/** Compiles the kernels once, with emulated dot products. */
async function compile(
  build: "relaxed" | "wide",
): Promise<Uint8Array<ArrayBuffer>> {
  let made = modules.get(build);
  if (!made) {
    const source = Deno.readTextFileSync(
      new URL("../../../../src/backends/simd/kernels/dot.ts", import.meta.url),
    );
    assert.ok(source.includes(DOT_PAIRS) && source.includes(DOT_ADD));
    const dot = source.replaceAll(DOT_PAIRS, "dotPairs")
      .replaceAll(DOT_ADD, "dotAdd") + EMULATION;
    made = Uint8Array.from(
      await compileKernels(build, new Map([["dot.ts", dot]]), "-O0"),
    );
    modules.set(build, made);
  }
  return made;
}
