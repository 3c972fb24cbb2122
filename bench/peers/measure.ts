/**
 * Measures a contestant, in any runtime.
 *
 * @module
 */
import type {
  Contestant,
  ModelFile,
  OpenNetwork,
} from "./contestants/contestant.ts";

/** How long images run after the first one. */
const IMAGES_MS = 1500;

/** The job of a process or a page, which gets it as JSON. */
export interface Job {
  readonly contestant: Contestant;
  /** The URL of the network's file; `photos` is that of the photos. */
  readonly model: string;
  /** RGBA bytes of square photos, one after the other. */
  readonly photos: string;
  /** The side of a photo, in pixels. */
  readonly size: number;
  /** The number of photos whose answers are returned. */
  readonly answers: number;
}

/** The measurements; all times are in ms. */
export interface Measurement {
  /** Time from nothing to a ready network, including loading the code. */
  readonly load: number;
  /** Time of the first image; all timed images are the first photo. */
  readonly first: number;
  /** Times of the images after that. */
  readonly images: readonly number[];
  /** Answers to the first `answers` photos of the job. */
  readonly answers: readonly Answer[];
}

/** A network's output for a photo. */
export interface Answer {
  readonly probabilities: readonly number[];
  readonly features: readonly number[];
}

/** A measurement, or why there is none. */
export type Outcome = Measurement | { readonly error: string };

/** @param read Reads the bytes at a URL. */
export async function tryToMeasure(
  job: Job,
  read: (url: string) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Outcome> {
  try {
    return await measure(job, read);
  } catch (error) {
    return { error: error instanceof Error ? error.message : `${error}` };
  }
}

async function measure(
  { contestant, model, photos: url, size, answers }: Job,
  read: (url: string) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Measurement> {
  const photos = split(await read(url), size);
  const photo = photos[0]!;
  const begin = performance.now();
  const file = { url: model, read: () => read(model), size };
  const network = await open(file, contestant);
  const opened = performance.now();
  const probabilities = await network.probabilities(photo);
  let last = performance.now();
  const first = last - opened;
  const images: number[] = [];
  for (const end = last + IMAGES_MS; images.length === 0 || last < end;) {
    await network.probabilities(photo);
    const now = performance.now();
    images.push(now - last);
    last = now;
  }
  const given: Answer[] = [];
  for (const photo of photos.slice(0, answers)) {
    given.push({
      probabilities: given.length === 0
        ? [...probabilities]
        : [...await network.probabilities(photo)],
      features: [...await network.features(photo)],
    });
  }
  return { load: opened - begin, first, images, answers: given };
}

/** Imports the library only now, so that its loading is measured too. */
async function open(
  file: ModelFile,
  contestant: Contestant,
): Promise<OpenNetwork> {
  switch (contestant.library) {
    case "Totem": {
      const { openTotem } = await import("./contestants/totem.ts");
      return await openTotem(file, contestant);
    }
    case "tfjs-backend-wasm":
    case "tfjs-backend-webgpu": {
      const { openTfjs } = await import("./contestants/totem.ts");
      return await openTfjs(file, contestant);
    }
    case "onnxruntime-web": {
      const { openOnnxruntimeWeb } = await import(
        "./contestants/onnxruntime.ts"
      );
      return await openOnnxruntimeWeb(file, contestant);
    }
    case "onnxruntime-node": {
      const { openOnnxruntimeNode } = await import(
        "./contestants/onnxruntime.ts"
      );
      return await openOnnxruntimeNode(file, contestant);
    }
    case "LiteRT.js": {
      const { openLiteRt } = await import("./contestants/litert.ts");
      return await openLiteRt(file, contestant);
    }
  }
}

function split(
  bytes: Uint8Array<ArrayBuffer>,
  size: number,
): Uint8ClampedArray<ArrayBuffer>[] {
  const length = size * size * 4;
  return Array.from(
    { length: bytes.length / length },
    (_, i) => new Uint8ClampedArray(bytes.buffer, i * length, length),
  );
}
