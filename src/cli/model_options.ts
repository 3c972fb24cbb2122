/**
 * The options of the commands that run a model, and its loading.
 *
 * @module
 */
import { type Classifier, load } from "../classifier.ts";
import { parseChoice, parseVariant } from "./command.ts";
import { openStore } from "./store.ts";
import { showByteProgress } from "./terminal.ts";

/** For `parse()`. */
export const MODEL_OPTIONS = {
  model: { type: "string", default: "nsfw" },
  variant: { type: "string", default: "full" },
  backend: { type: "string", default: "auto" },
  precision: { type: "string", default: "auto" },
} as const;

/** For `--help`. */
export const MODEL_HELP = `\
  --model SOURCE     A known name (see totem models), or the path or address of
                     a .safetensors, .h5 or model.json (default: nsfw)
  --variant NAME     full (299 pixels), low151, low79, or a size in pixels
                     (default: full)
  --backend NAME     auto, wasm or webgpu (default: auto)
  --precision NAME   auto, int8 or f32 (default: auto)`;

const BACKENDS = ["auto", "wasm", "webgpu"] as const;
const PRECISIONS = ["auto", "int8", "f32"] as const;

/** Loads the model that the options name, with a progress bar if it takes time. */
export async function loadModel(
  values: Readonly<Record<keyof typeof MODEL_OPTIONS, string>>,
): Promise<Classifier> {
  const variant = parseVariant(values.variant);
  const backend = parseChoice("backend", values.backend, BACKENDS);
  const precision = parseChoice("precision", values.precision, PRECISIONS);
  using progress = showByteProgress(values.model);
  return await load(values.model, {
    variant,
    backend,
    precision,
    store: await openStore(),
    onProgress: progress.update,
  });
}
