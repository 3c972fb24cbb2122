/**
 * What a page or its worker needs, and no more of it than that: `load` and all
 * around it, without the importers, the quantizer and the command line's parts of
 * the package. These and tfjs are loaded when they are needed, each as a module of
 * its own.
 *
 * @example A model that is downloaded once
 * ```ts ignore
 * import { cacheApiStore, download, load } from "@totem/inception/browser";
 *
 * const file = await download(new URL("model.safetensors", location.href), {
 *   store: cacheApiStore(),
 *   limit: 30e6,
 * });
 * const model = new Response(file.stream());
 * using classifier = await load(model, { threads: "auto" });
 * console.log(await classifier.classify(photo)); // a Blob or an ImageData
 * ```
 *
 * @module
 */
export * from "./classifier.ts";
export * from "./load.ts";
export * from "./errors.ts";
export * from "./image/mod.ts";
export * from "./backends/mod.ts";
export {
  cacheApiStore,
  download,
  type DownloadOptions,
  type Store,
  type StoredFile,
  type StoreOptions,
} from "./weights/store/mod.ts";
export { loadNetwork } from "./weights/load_network.ts";
export type { LoadNetworkOptions } from "./weights/load_options.ts";
