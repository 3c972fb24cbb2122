/// <reference lib="dom" />
/**
 * Runs a classifier outside the page's own thread, which stays free to scroll.
 * It is told once which one, then it is given photos.
 *
 * @module
 */
import {
  cacheApiStore,
  type Classification,
  type Classifier,
  decodeImage,
  type Timings,
  type TotemError,
  type Variant,
} from "@totem/inception";
import { load, type LoadOptions } from "@totem/inception/f32";

/** What the page asks: one of the three. */
interface Question {
  readonly id: number;
  /** Asks where in a photo a class is seen. */
  readonly why?: { readonly photo: Blob; readonly index: number };
  readonly settings?: {
    readonly backend: keyof typeof BACKENDS;
    /** `"own"` is what the model was made for. */
    readonly variant: Variant | "own";
  };
  readonly photo?: Blob;
}

/** What is told of a model, in `model.json`. */
interface ModelMetadata {
  readonly file: string;
  /** In bytes. */
  readonly size: number;
}

/** What a choice in the page is for the package. */
const BACKENDS = {
  "engine": { backend: "wasm", precision: "int8" },
  "tfjs-wasm": { backend: "wasm", precision: "f32" },
  "webgpu": { backend: "webgpu", precision: "int8" },
} as const satisfies Record<string, LoadOptions>;

let classifier: Classifier;

addEventListener("message", async (event: MessageEvent<Question>) => {
  const { id, settings, photo, why } = event.data;
  try {
    const result = settings
      ? await open(settings)
      : why
      ? await explain(why)
      : await classify(photo!);
    self.postMessage({ id, result });
  } catch (error) {
    const { code, message, format } = error as TotemError & { format?: string };
    self.postMessage({ id, problem: { code, message, format } });
  }
});

/** Opens the model as it is asked for, and tells what it runs on. */
async function open(
  { backend, variant }: NonNullable<Question["settings"]>,
) {
  const begin = performance.now();
  const facts = await fetch(new URL("model.json", import.meta.url));
  const model: ModelMetadata = await facts.json();
  const address = new URL(model.file, import.meta.url);
  const store = cacheApiStore();
  classifier = await load(address, {
    ...BACKENDS[backend],
    variant: variant === "own" ? undefined : variant,
    threads: "auto",
    tfjsWasmFolder: new URL("tfjs/", import.meta.url),
    store,
    maxBytes: model.size,
    // A server that compresses doesn't tell the file's own size.
    onProgress: (done) =>
      self.postMessage({ progress: { done, total: model.size } }),
  });
  const kept = (await store.list()).some((it) => it.reference === address.href);
  self.postMessage({ kept });
  const { memory, backend: { device, precision } } = classifier;
  const machine = await classifier.backend.probe(true);
  return {
    device,
    precision,
    detail: machine.available ? machine.detail : machine.reason,
    memory,
    loading: performance.now() - begin,
  };
}

async function classify(photo: Blob): Promise<{
  readonly classes: readonly Classification[];
  readonly timings: Timings | undefined;
}> {
  let timings: Timings | undefined;
  const classes = await classifier.classify(photo, {
    onTimings: (it) => timings = it,
  });
  return { classes, timings };
}

/** A picture of where in a photo a class is seen; the code comes when it's asked. */
async function explain(
  { photo, index }: NonNullable<Question["why"]>,
): Promise<Blob> {
  const { drawOverlay, encodePng } = await import("@totem/inception/explain");
  const explanation = await classifier.explain(photo, { class: index });
  const picture = drawOverlay(await decodeImage(photo), explanation);
  return new Blob([await encodePng(picture)], { type: "image/png" });
}
