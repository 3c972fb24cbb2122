import { isCloudflareWorker } from "../runtime/environment.ts";
import { isHandedIn, type WasmModuleName } from "../runtime/wasm_modules.ts";
import { either } from "../text/either.ts";
import { FORMAT_NAMES, type ImageFormat } from "./image_format.ts";

/** The formats whose decoder is a module. */
const WITH_MODULE: ReadonlySet<string> = new Set<WasmModuleName & ImageFormat>([
  "jpeg",
  "png",
  "webp",
  "avif",
  "heic",
]);

/**
 * The names of the formats that can certainly be read here, for a sentence. A
 * Cloudflare Worker has only the modules that were handed in. HEIC's decoder is a
 * package that may be missing elsewhere, which only shows when it is loaded.
 */
export function readableFormats(isEdge = isCloudflareWorker()): string {
  const isSure = (format: string) =>
    !WITH_MODULE.has(format) || isHandedIn(format as WasmModuleName) ||
    !isEdge && format !== "heic";
  const sure = Object.entries(FORMAT_NAMES).filter(([it]) => isSure(it));
  return either(sure.map(([, name]) => name));
}
