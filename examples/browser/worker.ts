/// <reference lib="dom" />
/**
 * Runs a classifier outside the main thread, which stays responsive. The first message
 * has the settings; later ones have photos.
 *
 * @module
 */
import {
  type Classifier,
  CorruptWeightsError,
  decodeImage,
  DecoderUnavailableError,
  setWasmModules,
  type Timings,
  type TotemError,
  type Variant,
} from "@totem/inception";
import { load, type LoadOptions } from "@totem/inception/f32";
import {
  fetchModel,
  forgetModel,
  type ModelFile,
  type Progress,
} from "./model_file.ts";
import { hostWorkers } from "./hosted_worker.ts";

/** A request from the page: one of these, or the cancellation of an earlier one. */
interface Question {
  readonly id: number;
  readonly settings?: Settings;
  readonly photo?: Picture;
  /** Requests a map of where in a photo a class is seen. */
  readonly why?: { readonly photo: Picture; readonly index: number };
  /** Requests a preview that every browser can show. */
  readonly preview?: Blob;
  /** The id of a request to cancel. */
  readonly abort?: number;
}

/**
 * A file, or pixels that the browser drew: a camera frame, or an image of another
 * format.
 */
type Picture = Blob | ImageBitmap;

interface Settings {
  readonly model: ModelFile;
  /** All models of the page; other cached models are removed. */
  readonly files: readonly string[];
  readonly backend: keyof typeof BACKENDS;
  /** `"own"` is the variant that the model was made for. */
  readonly variant: Variant | "own";
  /** 1 if an earlier worker hung. */
  readonly threads: "auto" | 1;
}

/** int8 with 7-bit activations gives the same answers in every browser and processor. */
const INT8 = { precision: "int8", activationBits: 7 } as const;

/** The package's options for each choice in the page. */
const BACKENDS = {
  "engine": { backend: "wasm", ...INT8 },
  "tfjs-wasm": { backend: "wasm", precision: "f32" },
  "webgpu": { backend: "webgpu", ...INT8 },
} as const satisfies Record<string, LoadOptions>;

/** The longer side of previews, and of maps, in pixels. */
const PREVIEW_SIDE = 1280;
const MAP_SIDE = 480;

let classifier: Classifier;
const running = new Map<number, AbortController>();

hostWorkers();

// A heartbeat: until a model is open, the page checks that this thread is alive.
const beat = setInterval(() => self.postMessage({ alive: true }), 1000);

addEventListener("message", async (event: MessageEvent<Question>) => {
  const { id, abort } = event.data;
  if (abort !== undefined) return running.get(abort)?.abort();
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const result = await withHeic(() => answer(event.data, controller.signal));
    self.postMessage({ id, result });
  } catch (error) {
    self.postMessage({ id, problem: problemOf(error) });
  } finally {
    running.delete(id);
  }
});

/**
 * Runs `work`, and retries it with the HEIC decoder if the browser can't decode a HEIC.
 */
async function withHeic<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isHeic = error instanceof DecoderUnavailableError &&
      error.format === "heic";
    if (!isHeic || !await handInHeic()) throw error;
    return await work();
  }
}

/** Fetches the HEIC decoder, which isn't in the bundle; returns whether it has loaded. */
async function handInHeic(): Promise<boolean> {
  try {
    const address = new URL("heic/libheif.wasm", import.meta.url);
    const response = await fetch(address);
    if (!response.ok) return false;
    const heic = await WebAssembly.compile(await response.arrayBuffer());
    setWasmModules({ heic });
    return true;
  } catch {
    return false; // The network failed, or it replaced the file.
  }
}

function answer(
  { settings, photo, why, preview }: Question,
  signal: AbortSignal,
): Promise<unknown> {
  if (settings) return open(settings).finally(() => clearInterval(beat));
  if (why) return explain(why, signal);
  return preview ? pictureOf(preview, signal) : classify(photo!, signal);
}

/** Opens the requested model and reports what it runs on. */
async function open(settings: Settings) {
  const { backend, variant, model, files, threads } = settings;
  const begin = performance.now();
  const options: LoadOptions = {
    ...BACKENDS[backend],
    variant: variant === "own" ? undefined : variant,
    threads,
    tfjsWasmFolder: new URL("tfjs/", import.meta.url),
    maxBytes: model.size,
  };
  const tell = (progress: Progress) => self.postMessage({ progress });
  const read = async () => {
    const { source, isKept } = await fetchModel(model, files, tell);
    if (source instanceof Response) {
      self.postMessage({ kept: isKept });
      return await load(source, options);
    }
    const onProgress = (done: number) =>
      tell({ done, total: model.size, isElsewhere: false });
    return await load(source, { ...options, onProgress });
  };
  try {
    classifier = await read();
  } catch (error) {
    // The cached file may have been damaged on the device.
    if (!(error instanceof CorruptWeightsError)) throw error;
    if (!isSecureContext || !await forgetModel(model)) throw error;
    classifier = await read();
  }
  const { memory, size, activationBits } = classifier;
  const { device, precision } = classifier.backend;
  const machine = await classifier.backend.probe(true);
  return {
    device,
    precision,
    activationBits,
    size,
    detail: machine.available
      ? machine.detail + (threads === 1 ? " (more didn't start)" : "")
      : machine.reason,
    memory,
    loading: performance.now() - begin,
  };
}

async function classify(photo: Picture, signal: AbortSignal) {
  let timings: Timings | undefined;
  try {
    const classes = await classifier.classify(photo, {
      signal,
      onTimings: (it) => timings = it,
    });
    return { classes, timings };
  } finally {
    if (photo instanceof ImageBitmap) photo.close();
  }
}

/** A map of where a class is seen, 0..1. The code is loaded on first use. */
async function explain(
  { photo, index }: NonNullable<Question["why"]>,
  signal: AbortSignal,
) {
  const { upsample } = await import("@totem/inception/explain");
  const explanation = await classifier.explain(photo, { class: index, signal })
    .finally(() => photo instanceof ImageBitmap && photo.close());
  const { crop } = explanation;
  const scale = MAP_SIDE / Math.max(crop.width, crop.height);
  const [width, height] = [crop.width, crop.height]
    .map((it) => Math.max(1, Math.round(it * scale))) as [number, number];
  const values = upsample(explanation, width, height);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return {
    values: values.map((it) => most === 0 ? 0 : Math.max(0, it / most)),
    /** Whether no part of the photo supports the class. */
    isBlank: most === 0,
    width,
    height,
    crop,
  };
}

/** A preview of a photo that the browser can't show, with the photo's original size. */
async function pictureOf(photo: Blob, signal: AbortSignal) {
  const { data, width, height } = await decodeImage(photo, { signal });
  const pixels = new Uint8ClampedArray(data as Uint8Array<ArrayBuffer>);
  const scale = Math.min(1, PREVIEW_SIDE / Math.max(width, height));
  const bitmap = await createImageBitmap(new ImageData(pixels, width, height), {
    resizeWidth: Math.max(1, Math.round(width * scale)),
    resizeHeight: Math.max(1, Math.round(height * scale)),
    resizeQuality: "high",
  });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")!.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { picture: await canvas.convertToBlob(), width, height };
}

/** Browsers' errors when a chunk of the bundle fails to load; the second is Safari's. */
const MISSING = /dynamically imported module|importing a module script/i;

/** Converts an error for the page; errors of this package have a code. */
function problemOf(error: unknown) {
  const { code, message, format } = error as TotemError & { format?: string };
  const isPart = MISSING.test(message) && code !== "decoder-unavailable";
  return { code: isPart ? "missing-part" : code, message, format };
}
