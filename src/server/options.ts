import { assertFunctions, assertWhole, type OptionNames } from "../argument.ts";
import type {
  Classification,
  ClassifiedAnimation,
  ClassifyOptions,
  RunOptions,
} from "../classification.ts";
import { DEFAULT_MAX_MEMORY, DEFAULT_MAX_PIXELS } from "../image/mod.ts";
import type { ModelMetadata } from "../model/mod.ts";

/** The part of a classifier that a handler needs. The result of `load` has it. */
export interface ServedClassifier {
  /** The names of the classes, by index; empty for a model without classes. */
  readonly labels: readonly string[];
  /** The ids of the classes, such as WordNet's, if the model has any. */
  readonly classIds?: readonly string[] | undefined;
  /** The side of the network's square input, in pixels. */
  readonly size: number;
  /**
   * The preprocessing of images and the kind of outputs, each fact with its origin.
   */
  readonly metadata: ModelMetadata;
  /** The number of values in `features`. */
  readonly featureCount: number;
  /** How many images to run at once for the highest throughput. */
  readonly concurrency: number;
  /** The backend that runs it. */
  readonly backend: { readonly device: string; readonly precision: string };
  /** The bits of an activation; `null` in f32. */
  readonly activationBits: number | null;
  /**
   * The most likely classes of an image file, the most likely first. With a sigmoid
   * there may be none.
   */
  classify(
    image: Uint8Array,
    options: ClassifyOptions,
  ): Promise<Classification[]>;
  /**
   * The classes of each frame of an animation. Without this method, only their mean is
   * given.
   */
  classifyFrames?(
    image: Uint8Array,
    options: ClassifyOptions,
  ): Promise<ClassifiedAnimation>;
  /**
   * The logits, one value per class. Needed only if `metadata.activation` is `"none"`.
   */
  logits?(image: Uint8Array, options: RunOptions): Promise<Float32Array>;
  /** The pooled activations, `[featureCount]`. */
  features(image: Uint8Array, options: RunOptions): Promise<Float32Array>;
}

/** Options of `createHandler`: the classifier and the limits. */
export interface HandlerOptions {
  /**
   * A classifier, or a function that loads one. The function is called by the first
   * request that needs it, or by {@linkcode Handler.load}, and again if it failed. The
   * handler never disposes of the classifier.
   */
  readonly classifier: ServedClassifier | (() => Promise<ServedClassifier>);
  /** Maximum size of a body in bytes; 64 MiB by default. */
  readonly maxBodyBytes?: number | undefined;
  /** Maximum pixels of an image, a limit of work; 250 million by default. */
  readonly maxPixels?: number | undefined;
  /**
   * Maximum memory for decoding an image, in bytes, without its file; 400 million by
   * default. {@linkcode ServedClassifier.concurrency} images are decoded at once, and
   * each may take that much. Most formats are decoded row by row in less than 10 MB;
   * the others take 4 to 28 bytes per pixel: see the table in `docs/api.md`.
   */
  readonly maxMemory?: number | undefined;
  /** Maximum number of files in a form; 32 by default. */
  readonly maxImages?: number | undefined;
  /**
   * Maximum memory for all bodies in bytes, from their arrival until their images are
   * answered. One more body is always read. When the memory is full, senders wait. The
   * default is 16 MiB, or `maxBodyBytes` if that is less, for each image that runs at
   * once, and at least 4 times that.
   */
  readonly maxBodyMemory?: number | undefined;
  /**
   * Maximum number of frames of an animation per request; 16 by default. Each frame
   * takes as long as an image.
   */
  readonly maxFrames?: number | undefined;
  /**
   * Maximum duration of a request in ms, including the time to receive its body; 30,000
   * by default.
   */
  readonly deadline?: number | undefined;
  /**
   * Maximum number of requests that wait with their body received, in addition to those
   * that run ({@linkcode ServedClassifier.concurrency}); 32 by default. Further
   * requests get a 503.
   */
  readonly queue?: number | undefined;
  /**
   * The bearer token that requests must send, except those to `/healthz` and `/readyz`.
   */
  readonly token?: string | undefined;
  /**
   * Origins whose pages may send requests, such as `"https://example.org"`, or `"*"`;
   * none by default.
   */
  readonly cors?: string | readonly string[] | undefined;
  /**
   * Called after each request, for logs and metrics. By default, internal errors, such
   * as a model that can't be loaded, are written to `console.error`: once if the same
   * error repeats, and without the parts of URLs that may be secret.
   */
  readonly onRequest?: ((entry: RequestEntry) => void) | undefined;
}

/** The log entry of a request. */
export interface RequestEntry {
  /** The method, such as `"POST"`. */
  readonly method: string;
  /** The path as requested, without the query. */
  readonly path: string;
  /** The path if there is such a route, otherwise `null`. */
  readonly route: string | null;
  /**
   * The status of the answer; 499 if the client disconnected, as in other servers'
   * logs.
   */
  readonly status: number;
  /** The time from the request's headers to the answer, in ms. */
  readonly ms: number;
  /** The number of bytes of the body that were read. */
  readonly bytes: number;
  /** The number of images that were answered. */
  readonly images: number;
  /** The internal error, if there was one. The answer doesn't contain it. */
  readonly error?: unknown;
}

/** The requests and images in progress. */
export interface Load {
  /** The number of requests whose body is being received. */
  readonly receiving: number;
  /**
   * The number of requests whose body has been received, but none of whose images has
   * run.
   */
  readonly waiting: number;
  /** The number of images that are running. */
  readonly running: number;
}

/** A `fetch` handler. `createHandler` returns it. */
export interface Handler {
  /**
   * Answers a request. It never rejects.
   *
   * @param info The second argument of `Deno.serve`'s handler. Clients are told apart
   * by its `remoteAddr.hostname` and share the queue evenly. Without it, all requests
   * count as one client.
   */
  (request: Request, info?: unknown): Promise<Response>;
  /** Loads the classifier ahead of the first request. */
  load(): Promise<void>;
  /** Refuses new requests with 503, and resolves when all running ones have ended. */
  drain(): Promise<void>;
  /** The number of requests and images in progress. */
  status(): Load;
}

/** The default of {@linkcode HandlerOptions.maxBodyBytes}. */
export const DEFAULT_MAX_BODY_BYTES: number = 2 ** 26;

const DEFAULT_LIMITS = {
  maxBodyBytes: DEFAULT_MAX_BODY_BYTES,
  maxPixels: DEFAULT_MAX_PIXELS,
  maxMemory: DEFAULT_MAX_MEMORY,
  maxImages: 32,
  maxFrames: 16,
  deadline: 30_000,
  queue: 32,
};

/** The limits of {@linkcode HandlerOptions}, with their defaults. */
export type Limits =
  & Readonly<typeof DEFAULT_LIMITS>
  & Pick<HandlerOptions, "maxBodyMemory">;

export const HANDLER_OPTIONS: OptionNames<HandlerOptions> = {
  ...DEFAULT_LIMITS,
  maxBodyMemory: true,
  classifier: true,
  token: true,
  cors: true,
  onRequest: true,
};

/**
 * @throws {ArgumentError} When a limit is out of range, or `onRequest` isn't a function.
 */
export function parseLimits(options: HandlerOptions): Limits {
  assertFunctions("serve", options, ["onRequest"]);
  const limits = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(limits) as (keyof typeof limits)[]) {
    const value = options[name] ?? limits[name];
    const least = name === "queue" ? 0 : 1;
    // Timers are limited to 31 bits.
    const most = name === "deadline" ? 2 ** 31 - 1 : Number.MAX_SAFE_INTEGER;
    assertWhole("serve", name, value, least, most);
    limits[name] = value;
  }
  const { maxBodyMemory } = options;
  if (maxBodyMemory !== undefined) {
    assertWhole("serve", "maxBodyMemory", maxBodyMemory, 1);
  }
  return { ...limits, maxBodyMemory };
}
