/**
 * This package, and tfjs through this package: its graph on tfjs's fused operators,
 * which is the least work that tfjs can do.
 *
 * @module
 */
import { load, type LoadOptions } from "../../../src/f32.ts";
import { setWasmModules } from "../../../src/runtime/wasm_modules.ts";
import { assertWidened } from "../../wide_vectors.ts";
import type { Contestant, ModelFile, OpenNetwork } from "./contestant.ts";

/** The facts about `nsfw` that its Totem file has and its TFJS layers model lacks. */
const NSFW: LoadOptions = {
  preprocessing: {
    crop: { kind: "squash" },
    resize: "antialiased",
    scale: [1 / 255, 1 / 255, 1 / 255],
    offset: [0, 0, 0],
  },
};

/** The path of tfjs's files on the page's server. */
const TFJS_WASM = "/tfjs-backend-wasm/wasm-out/";

export async function openTotem(
  model: ModelFile,
  { precision, on, kernels }: Contestant,
): Promise<OpenNetwork> {
  if (kernels === "plain") await handInPlainKernels();
  if (kernels === "wide") await assertWidened();
  return await open(model, {
    precision,
    ...on === "webgpu"
      ? { backend: "webgpu" }
      : { backend: "wasm", threads: on, wideVectors: kernels === "wide" },
  });
}

/**
 * Hands in the plain kernels, which take precedence over those the runtime would
 * select.
 */
async function handInPlainKernels(): Promise<void> {
  const { BASE64 } = await import(
    "../../../src/backends/simd/modules/plain.ts"
  );
  const bytes = Uint8Array.from(atob(BASE64), (it) => it.charCodeAt(0));
  setWasmModules({ plain: await WebAssembly.compile(bytes) });
}

export async function openTfjs(
  model: ModelFile,
  { precision, on }: Contestant,
): Promise<OpenNetwork> {
  if (on === "webgpu") {
    return await open(model, { ...NSFW, backend: "webgpu", precision });
  }
  const { env } = await import("@tensorflow/tfjs-core");
  const { setThreadsCount } = await import("@tensorflow/tfjs-backend-wasm");
  if (on > 1) {
    if (!await env().getAsync("WASM_HAS_MULTITHREAD_SUPPORT")) {
      throw new Error("tfjs has no threads here");
    }
    // tfjs uses at most half of them, as two may share a core.
    Object.defineProperty(navigator, "hardwareConcurrency", { value: 2 * on });
  }
  setThreadsCount(on);
  const inPage = new URL(model.url).protocol !== "file:";
  return await open(model, {
    ...NSFW,
    backend: "wasm",
    precision,
    ...inPage && { tfjsWasmFolder: new URL(TFJS_WASM, model.url) },
  });
}

async function open(
  { url, size }: ModelFile,
  options: LoadOptions,
): Promise<OpenNetwork> {
  const classifier = await load(new URL(url), options);
  const imageOf = (data: Uint8ClampedArray) => ({
    data,
    width: size,
    height: size,
  });
  return {
    probabilities: (pixels) => classifier.probabilities(imageOf(pixels)),
    features: (pixels) => classifier.features(imageOf(pixels)),
  };
}
