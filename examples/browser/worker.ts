/// <reference lib="dom" />
/**
 * Runs a classifier outside the page's own thread, which stays free to scroll.
 * It is told once which one, then it is given photos.
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

/** What the page asks: one of these, or the end of an earlier question. */
interface Question {
  readonly id: number;
  readonly settings?: Settings;
  readonly photo?: Picture;
  /** Asks where in a photo a class is seen. */
  readonly why?: { readonly photo: Picture; readonly index: number };
  /** Asks for a picture that every browser shows. */
  readonly preview?: Blob;
  /** The id of the question whose answer isn't needed any more. */
  readonly abort?: number;
}

/** A file, or what the browser draws: a frame of the camera, or of a foreign format. */
type Picture = Blob | ImageBitmap;

interface Settings {
  readonly model: ModelFile;
  /** All models of the page; what else was kept of it is removed. */
  readonly files: readonly string[];
  readonly backend: keyof typeof BACKENDS;
  /** `"own"` is what the model was made for. */
  readonly variant: Variant | "own";
  /** 1 where an earlier worker hung. */
  readonly threads: "auto" | 1;
}

/** In int8 with 7 bits, so that every browser and processor gives the same answers. */
const INT8 = { precision: "int8", activationBits: 7 } as const;

/** What a choice in the page is for the package. */
const BACKENDS = {
  "engine": { backend: "wasm", ...INT8 },
  "tfjs-wasm": { backend: "wasm", precision: "f32" },
  "webgpu": { backend: "webgpu", ...INT8 },
} as const satisfies Record<string, LoadOptions>;

/** The longer side of pictures and maps that are made for the page, in pixels. */
const PREVIEW_SIDE = 1280;
const MAP_SIDE = 480;

let classifier: Classifier;
const running = new Map<number, AbortController>();

hostWorkers();

// Until a model is open, the page looks whether this thread still runs.
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

/** Runs `work`, with the decoder of HEIC when a HEIC comes that the browser can't read. */
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

/** Fetches the decoder of HEIC, which isn't a part of the bundle. Whether it came. */
async function handInHeic(): Promise<boolean> {
  try {
    const address = new URL("heic/libheif.wasm", import.meta.url);
    const response = await fetch(address);
    if (!response.ok) return false;
    const heic = await WebAssembly.compile(await response.arrayBuffer());
    setWasmModules({ heic });
    return true;
  } catch {
    return false; // The network, or what a network put in its place.
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

/** Opens the model as it is asked for, and tells what it runs on. */
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
    // What is kept may have been damaged on the device.
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

/** A map of where a class is seen, 0..1; the code comes when it's asked for. */
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
    /** Whether nothing speaks for the class. */
    isBlank: most === 0,
    width,
    height,
    crop,
  };
}

/** A picture of a format that the browser doesn't show, with the photo's own size. */
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

/** What browsers say where a part of the bundle doesn't come: Safari's is the second. */
const MISSING = /dynamically imported module|importing a module script/i;

/** An error as the page explains it; errors of this package have a code. */
function problemOf(error: unknown) {
  const { code, message, format } = error as TotemError & { format?: string };
  const isPart = MISSING.test(message) && code !== "decoder-unavailable";
  return { code: isPart ? "missing-part" : code, message, format };
}
