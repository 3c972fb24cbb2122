/**
 * LiteRT.js on its CPU accelerator, XNNPACK.
 *
 * @module
 */
import type { Contestant, ModelFile, OpenNetwork } from "./contestant.ts";
import { copyPixels } from "./pixels.ts";

/** The subset of `@litertjs/core` that is used here. */
interface LiteRt {
  loadLiteRt(
    folder: string,
    options: { readonly threads: boolean },
  ): Promise<unknown>;
  loadAndCompile(
    model: Uint8Array,
    options: {
      readonly accelerator: "wasm";
      readonly cpuOptions: { readonly numThreads: number };
    },
  ): Promise<CompiledModel>;
  readonly Tensor: new (
    values: Float32Array | Uint8Array,
    shape: readonly number[],
  ) => Tensor;
}

interface Tensor {
  data(): Promise<Float32Array>;
  delete(): void;
}

interface CompiledModel {
  /** Returns the outputs in the order of the file. */
  run(input: Tensor): Promise<Tensor[]>;
}

/** A variable, so that type-checking this project doesn't download it. */
const MODULE: string = "@litertjs/core";

/** The script beside the `.wasm` files. */
const SCRIPT: string = `${MODULE}/wasm/litert_wasm_internal.js`;

/** LiteRT.js on its CPU accelerator. */
export async function openLiteRt(
  model: ModelFile,
  { precision, on }: Contestant,
): Promise<OpenNetwork> {
  const { loadLiteRt, loadAndCompile, Tensor }: LiteRt = await import(MODULE);
  await (loaded ??= loadRuntime(loadLiteRt, on !== 1));
  const compiled = await loadAndCompile(await model.read(), {
    accelerator: "wasm",
    cpuOptions: { numThreads: Number(on) },
  });
  const { size } = model;
  const shape = [1, size, size, 3];
  const values = precision === "int8"
    ? new Uint8Array(3 * size * size)
    : new Float32Array(3 * size * size);
  const run = async (pixels: Uint8ClampedArray, output: number) => {
    copyPixels(pixels, values, "interleaved");
    const input = new Tensor(values, shape);
    const outputs = await compiled.run(input);
    const result = await outputs[output]!.data();
    for (const it of [input, ...outputs]) it.delete();
    return result.slice();
  };
  return {
    features: (pixels) => run(pixels, 0),
    probabilities: (pixels) => run(pixels, 1),
  };
}

/** Loaded only once: a second attempt is refused. */
let loaded: Promise<unknown> | undefined;

function loadRuntime(
  loadLiteRt: LiteRt["loadLiteRt"],
  threads: boolean,
): Promise<unknown> {
  const folder = new URL(".", import.meta.resolve(SCRIPT));
  if (folder.protocol !== "file:") return loadLiteRt(folder.href, { threads });
  provideScripts();
  const { fileURLToPath } = process.getBuiltinModule("node:url");
  return loadLiteRt(fileURLToPath(folder), { threads });
}

/**
 * Lets the package load its WASM in Node and Deno. It does so by a script, as for pages
 * and their workers, so this provides a function that runs scripts.
 *
 * Hides any GPU: the package would request one in any case, which loads an emulation on
 * a machine without one.
 * one loads its emulation.
 */
function provideScripts(): void {
  if (globalThis.navigator && "gpu" in navigator) {
    Object.defineProperty(navigator, "gpu", { value: undefined });
  }
  const { createRequire } = process.getBuiltinModule("node:module");
  const { readFileSync } = process.getBuiltinModule("node:fs");
  const { dirname } = process.getBuiltinModule("node:path");
  Object.assign(globalThis, {
    self: globalThis,
    Module: { printErr() {} }, // It logs every step.
    importScripts(path: string) {
      const source = readFileSync(path, "utf8");
      const script = new Function(
        ...["require", "__filename", "__dirname"],
        `${source}; globalThis.ModuleFactory = ModuleFactory`,
      );
      script(createRequire(path), path, dirname(path));
    },
  });
}
