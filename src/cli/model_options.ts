import { pickOptions } from "../argument.ts";
import {
  BACKEND_OPTIONS,
  type BackendRequest,
} from "../backends/backend_request.ts";
import { listBackends } from "../backends/list_backends.ts";
import { startSelection } from "../backends/select.ts";
import type { Classifier } from "../classifier.ts";
import type { CropAndResize } from "../image/mod.ts";
import { load } from "../load.ts";
import { withLabelsFile } from "./labels_error.ts";
import { choice, flag, text, threads, variant } from "./option_kinds.ts";
import {
  NETWORK_HELP,
  NETWORK_OPTIONS,
  networkMetadata,
} from "./network_options.ts";
import { tellAssumed, tellFallback, tellUntrained } from "./model_notes.ts";
import type { Values } from "./options.ts";
import { startLoading } from "./start_loading.ts";
import type { Terminal } from "./terminal.ts";

/** Options for `parse()`. */
export const MODEL_OPTIONS = {
  model: text("nsfw"),
  variant: variant(),
  backend: choice("auto", ["auto", "wasm", "webgpu"]),
  precision: choice("auto", ["auto", "int8", "f32"]),
  "activation-bits": choice("auto", ["auto", "7", "8"]),
  threads,
  "wide-vectors": flag,
  ...NETWORK_OPTIONS,
};

/** For `--help`, among the most common options. */
export const SOURCE_HELP = `\
  --model SOURCE     Name from totem models, or path or URL of a model file or
                     its folder: .safetensors, .h5, .keras, .pth, .onnx,
                     .tflite, .pb or model.json (default: nsfw)`;

/** For `--help`: sections with the other options of {@linkcode MODEL_OPTIONS}. */
export const MODEL_HELP = `\
Model options:
  --variant NAME     Input size: full (299 pixels), low151, low79, or a size in
                     pixels (default: what the model says, else full)
${NETWORK_HELP}

Backend options:
  --backend NAME     auto, wasm or webgpu (default: auto)
  --precision NAME   auto, int8 or f32 (default: auto)
  --activation-bits N
                     7 or 8, for int8: each gives the same answers on every
                     machine. auto takes 8 where it is as fast as 7, which
                     depends on the runtime and processor (default: auto)
  --threads N        Threads for int8 on wasm, 1 to 64, or auto: one per core
                     for several images, 1 for a single one (default: auto)
  --wide-vectors     Use 256-bit vectors, which V8 supports on x86 with an
                     experimental flag (see totem doctor --wide-vectors).
                     Answers are the same`;

export type ModelValues = Values<typeof MODEL_OPTIONS> & {
  /** The value of `LABELS_OPTION`, if the command has it. */
  readonly labels?: string | undefined;
};

/** A model that is being loaded. */
export interface ModelLoading {
  readonly model: Promise<Classifier>;
  /** The model's input, which is known before its weights are loaded. */
  readonly input: Promise<NetworkInput>;
}

/** The input of a network. */
export interface NetworkInput {
  /** The side of the square input, in pixels. */
  readonly size: number;
  readonly geometry: CropAndResize;
}

/** @param images The number of images. Several are distributed over the threads. */
function loadOptions(values: ModelValues, images: number) {
  const { variant, backend, precision, threads } = values;
  const bits = values["activation-bits"];
  return {
    ...networkMetadata(values),
    variant,
    backend,
    precision,
    activationBits: bits === "auto" ? bits : bits === "7" ? 7 : 8,
    wideVectors: values["wide-vectors"],
    // For one image, starting a thread takes as long as it saves.
    threads: threads === "auto" && images <= 1 ? 1 : threads,
    threading: images > 1 ? "throughput" : "latency",
  } as const;
}

/**
 * Loads the model named by the options, for a number of `images`.
 *
 * @param onAssumed Shows what was assumed about it, by default on standard error.
 */
export function loadModel(
  io: Terminal,
  values: ModelValues,
  images: number,
  onAssumed?: (line: string) => void,
): ModelLoading {
  const request = loadOptions(values, images);
  const open = async (onInput: (input: NetworkInput) => void) => {
    const file = values.labels;
    const labels = file === undefined ? undefined : await readNames(file);
    await assertAnyBackend(request); // Before a download is announced.
    using loading = await startLoading(io, values.model, request.precision);
    const classifier = await load(values.model, {
      ...request,
      ...labels && { labels },
      store: loading.store,
      onInput: (size, geometry) => onInput({ size, geometry }),
      onProgress: loading.onProgress,
      onCompile: loading.onCompile,
    }).catch((error) => {
      throw withLabelsFile(error, file);
    });
    loading[Symbol.dispose]();
    tellAssumed(io, values.model, classifier.metadata, onAssumed);
    tellUntrained(io, values.model, classifier.metadata);
    if (request.precision === "auto") {
      tellFallback(io, values.model, classifier);
    }
    return classifier;
  };
  let model!: Promise<Classifier>;
  const input = new Promise<NetworkInput>((resolve, reject) => {
    model = open(resolve);
    model.catch(reject);
  });
  input.catch(() => {}); // Awaiting the model also reports the error.
  return { model, input };
}

async function assertAnyBackend(options: BackendRequest): Promise<void> {
  const request = pickOptions(options, BACKEND_OPTIONS);
  using selection = startSelection(request, listBackends(request));
  await selection.assertAny();
}

async function readNames(path: string): Promise<readonly string[]> {
  // Imported on demand: rarely needed, and it imports `node:` modules.
  const { readLabels } = await import("./class_files.ts");
  return (await readLabels(path)).labels;
}
