import assert from "node:assert/strict";
import { loadKernels } from "../../../src/backends/simd/kernels.ts";
import { openSession } from "../../../src/backends/simd/session.ts";
import { wasmInt8 } from "../../../src/backends/simd/wasm_int8.ts";
import {
  compileWide,
  isWidened,
  loadWide,
} from "../../../src/backends/simd/wide.ts";
import { prepareWideTrial } from "../../../src/backends/simd/wide_trial.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { setWasmModules } from "../../../src/runtime/wasm_modules.ts";
import { noise } from "../../random.ts";
import { wasmModule } from "../../wasm_module.ts";
import { narrowNetwork } from "./narrow_file.ts";
import { wideEngine } from "./wide_engine.ts";

/** A fake kernel's ms per round; the clock moves only in calls. */
async function isWidenedWhen(
  narrow: (round: number) => number,
  wide: (round: number) => number,
): Promise<boolean> {
  const { now } = performance;
  let time = 0, narrowCalls = 0, wideCalls = 0;
  performance.now = () => time;
  try {
    return await isWidened({
      runNarrow: () => time += narrow(narrowCalls++ / 100),
      runWide: () => time += wide(wideCalls++ / 100),
    });
  } finally {
    performance.now = now;
  }
}

const OPTIMISED = 0.01;

const KERNELS = [
  ["convI32", "convWideI32", false],
  ["convI16", "convWideI16", false],
  ["convI32", "convSplitI32", true],
  ["convI16", "convSplitI16", true],
] as const;

Deno.test("isWidened() tells vectors of 256 bits by their time", async () => {
  const narrow = () => OPTIMISED;
  assert.ok(await isWidenedWhen(narrow, () => 0.5 * OPTIMISED));
  assert.ok(await isWidenedWhen(narrow, () => 0.7 * OPTIMISED));
  assert.ok(!await isWidenedWhen(narrow, () => 0.95 * OPTIMISED));
  assert.ok(!await isWidenedWhen(narrow, () => 1.4 * OPTIMISED));
});

Deno.test("isWidened() waits until both kernels are optimised", async () => {
  const after = (rounds: number, slow: number, fast: number) => (it: number) =>
    (it < rounds ? slow : fast) * OPTIMISED;
  assert.ok(await isWidenedWhen(() => OPTIMISED, after(9, 10, 0.6)));
  assert.ok(await isWidenedWhen(after(5, 9, 1), after(9, 10, 0.6)));
  // While the other kernel isn't optimized yet, this one appears to be widened.
  assert.ok(!await isWidenedWhen(after(9, 9, 1), after(3, 10, 1.3)));
});

Deno.test("isWidened() ends where the clock stands still or nothing is optimised", async () => {
  assert.ok(!await isWidenedWhen(() => 0, () => 0));
  assert.ok(!await isWidenedWhen(() => OPTIMISED, () => 20 * OPTIMISED));
});

Deno.test("prepareWideTrial() passes kernels that give the same codes", async () => {
  const module = await wasmModule("relaxed");
  const wide = await compileWide(false);
  for (const [conv, name, split] of KERNELS) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const kernels = { module, wide: { module: wide, name, split } };
    const trial = prepareWideTrial(kernels, memory, conv);
    assert.ok(trial.passes());
    assert.ok(trial.passes(), "and again");
  }
});

Deno.test("prepareWideTrial() fails kernels whose weights are in another order", async () => {
  const module = await wasmModule("relaxed");
  const wide = await compileWide(false);
  for (const [conv, name, split] of KERNELS) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const kernels = { module, wide: { module: wide, name, split: !split } };
    assert.ok(!prepareWideTrial(kernels, memory, conv).passes());
  }
});

Deno.test("loadWide() tells why there are no wide kernels", async () => {
  setWasmModules({ plain: await wasmModule("plain") });
  try {
    const kernels = await loadKernels(false, true);
    assert.equal(kernels.build, "plain");
    assert.equal(kernels.wide, null);
    assert.equal(kernels.narrow, "they need relaxed SIMD");
    const found = await wasmInt8({ wideVectors: true }).probe(false);
    assert.ok(found.available);
    assert.match(
      found.detail,
      /1 thread \(no 256-bit vectors: they need relaxed SIMD\)$/,
    );
  } finally {
    setWasmModules({ plain: undefined });
  }
});

Deno.test("loadWide() gives wide kernels or a reason, and tries once", async () => {
  const kernels = await loadKernels(false);
  const found = await loadWide(kernels, false);
  assert.equal(found.wide === null, found.narrow !== null);
  assert.equal(await loadWide(kernels, false), found);
});

Deno.test("wide kernels give the same answers on one thread and on several", async () => {
  const network = await narrowNetwork();
  const graph = inceptionV3({ ...network.architecture, variant: 75 });
  using expected = await wasmInt8().reserve(graph).open(network);
  const features = await expected.run(noise(75), "features");
  for (const [threads, split] of [[1, false], [1, true], [2, true]] as const) {
    const engine = await wideEngine(graph, threads, split);
    assert.notEqual(engine.config.conv, "convPlain");
    using session = openSession(engine, network);
    assert.deepEqual(await session.run(noise(75), "features"), features);
  }
});
