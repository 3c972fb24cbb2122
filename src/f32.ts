/**
 * `load` for bundled pages and programs that run f32. `load` of `@totem/inception`
 * looks for tfjs at run time, which bundlers can't follow. This one imports tfjs by
 * name, so bundlers include it, in parts that are loaded when f32 runs.
 *
 * @example f32 in a page
 * ```ts ignore needs a page
 * import { load } from "@totem/inception/f32";
 *
 * // Where @tensorflow/tfjs-backend-wasm/wasm-out was copied to.
 * const tfjsWasmFolder = "/tfjs";
 * const model = new URL("model.safetensors", location.href);
 * using classifier = await load(model, { precision: "f32", tfjsWasmFolder });
 * ```
 *
 * @module
 */
import { listBackends } from "./backends/list_backends.ts";
import type { TfjsPackages } from "./backends/tfjs/packages.ts";
import type { Classifier } from "./classifier.ts";
import type { LoadOptions } from "./load.ts";
import { loadWith } from "./load_with.ts";
import type { Network } from "./model/mod.ts";
import type { ModelSource } from "./weights/model_source.ts";

export type { LoadOptions } from "./load.ts";
export type { TfjsPackages } from "./backends/tfjs/packages.ts";

/**
 * tfjs, imported so that bundlers include it. Pass it to other functions that run on
 * tfjs, such as `convert`.
 */
export const tfjs: TfjsPackages = {
  core: () => import("@tensorflow/tfjs-core"),
  wasm: () => import("@tensorflow/tfjs-backend-wasm"),
  webgpu: () => import("@tensorflow/tfjs-backend-webgpu"),
  cpu: () => import("@tensorflow/tfjs-backend-cpu"),
};

/**
 * Loads a model and opens it in the best backend of this machine.
 *
 * @param source As `load` of `@totem/inception` takes it.
 * @throws As `load` of `@totem/inception`.
 */
export function load(
  source: ModelSource | Network,
  options: LoadOptions = {},
): Promise<Classifier> {
  return loadWith((request) => listBackends(request, tfjs), source, options);
}
