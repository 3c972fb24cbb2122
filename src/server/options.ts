import { assertFunctions, assertWhole, type OptionNames } from "../argument.ts";
import type {
  Classification,
  ClassifiedAnimation,
  ClassifyOptions,
  RunOptions,
} from "../classification.ts";
import { DEFAULT_MAX_MEMORY, DEFAULT_MAX_PIXELS } from "../image/mod.ts";
import type { ModelMetadata } from "../model/mod.ts";

/** What a handler needs of a classifier. What `load` gives has it. */
export interface ServedClassifier {
  /** The classes' names, by index; none for a model without classes. */
  readonly labels: readonly string[];
  /** The classes' ids, such as WordNet's, if the model has any. */
  readonly classIds?: readonly string[] | undefined;
  /** The side of the network's square input, in pixels. */
  readonly size: number;
  /** How images enter and answers leave, each with its source. */
  readonly metadata: ModelMetadata;
  /** The length of `features`. */
  readonly featureCount: number;
  /** How many images to run concurrently for the highest throughput. */
  readonly concurrency: number;
  /** Where it runs. */
  readonly backend: { readonly device: string; readonly precision: string };
  /** The bits of activations; `null` in f32. */
  readonly activationBits: number | null;
  /** The most probable classes of an image file, in order; maybe none with a sigmoid. */
  classify(
    image: Uint8Array,
    options: ClassifyOptions,
  ): Promise<Classification[]>;
  /** The same of the frames of an animation; without it only their mean is given. */
  classifyFrames?(
    image: Uint8Array,
    options: ClassifyOptions,
  ): Promise<ClassifiedAnimation>;
  /** One value a class; needed only where `metadata.activation` is `"none"`. */
  logits?(image: Uint8Array, options: RunOptions): Promise<Float32Array>;
  /** The pooled activations, `[featureCount]`. */
  features(image: Uint8Array, options: RunOptions): Promise<Float32Array>;
}

/** What a handler serves, and its limits. */
export interface HandlerOptions {
  /**
   * A classifier, or a function that loads one. The function is called by the first
   * request that needs it, or by {@linkcode Handler.load}, and again if it failed. The
   * handler never disposes the classifier.
   */
  readonly classifier: ServedClassifier | (() => Promise<ServedClassifier>);
  /** Maximum bytes of a body; 64 MiB by default. */
  readonly maxBodyBytes?: number | undefined;
  /** Maximum pixels of an image, a limit of work; 250 million by default. */
  readonly maxPixels?: number | undefined;
  /**
   * Maximum bytes of memory that decoding an image takes, besides its file; 400 million
   * by default. {@linkcode ServedClassifier.concurrency} images are decoded at once, and
   * each may take that much. Most formats are decoded row by row, in less than 10 MB;
   * others count 4 to 28 bytes a pixel, as `docs/api.md` has in a table.
   */
  readonly maxMemory?: number | undefined;
  /** Maximum files of a form; 32 by default. */
  readonly maxImages?: number | undefined;
  /**
   * Maximum bytes of bodies in memory, from when they arrive until their images are
   * answered. One more body is always read. When the memory is full, senders wait. By
   * default it is 16 MiB, or `maxBodyBytes` if that is less, for each image that runs at
   * once, and for 4 at least.
   */
  readonly maxBodyMemory?: number | undefined;
  /**
   * Maximum frames of an animation that a request may ask for; 16 by default. Each takes
   * as long as an image.
   */
  readonly maxFrames?: number | undefined;
  /** Maximum ms of a request, receiving its body included; 30 000 by default. */
  readonly deadline?: number | undefined;
  /**
   * Maximum requests that wait with their body received, besides those that run
   * ({@linkcode ServedClassifier.concurrency}); 32 by default. Others are answered 503.
   */
  readonly queue?: number | undefined;
  /** The bearer token that requests must send, except those to health checks. */
  readonly token?: string | undefined;
  /** Origins whose pages may use it: `"https://example.org"`, or `"*"`; none by default. */
  readonly cors?: string | readonly string[] | undefined;
  /**
   * Called when a request has its answer, for logs and metrics. By default errors inside,
   * such as a model that can't be loaded, are written to `console.error`, once where the
   * same one follows, and without what may be secret in addresses.
   */
  readonly onRequest?: ((entry: RequestEntry) => void) | undefined;
}

/** The log entry of a request. */
export interface RequestEntry {
  /** Such as `"POST"`. */
  readonly method: string;
  /** The path as requested, without the query. */
  readonly path: string;
  /** The path if it has a route, else null. */
  readonly route: string | null;
  /** The answer's status; 499, as in other servers' logs, if the client hung up. */
  readonly status: number;
  /** From the request's head to the answer, in ms. */
  readonly ms: number;
  /** The bytes of the body that were read. */
  readonly bytes: number;
  /** How many images were answered. */
  readonly images: number;
  /** What went wrong inside. The answer doesn't tell it. */
  readonly error?: unknown;
}

/** What a handler is doing. */
export interface Load {
  /** Requests whose body is being received. */
  readonly receiving: number;
  /** Requests whose body has been received and of which no image has run yet. */
  readonly waiting: number;
  /** Images that run. */
  readonly running: number;
}

/** A `fetch` handler. */
export interface Handler {
  /**
   * Answers a request. It never rejects.
   *
   * @param info What `Deno.serve` gives. Clients are told apart by its
   *   `remoteAddr.hostname`, and share the queue evenly. Without it all are one client.
   */
  (request: Request, info?: unknown): Promise<Response>;
  /** Loads the classifier ahead of the first request. */
  load(): Promise<void>;
  /** Refuses new work with 503, and resolves when all that runs has ended. */
  drain(): Promise<void>;
  /** How much it has to do. */
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

/** @throws {ArgumentError} When a limit is out of range, or `onRequest` no function. */
export function parseLimits(options: HandlerOptions): Limits {
  assertFunctions("serve", options, ["onRequest"]);
  const limits = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(limits) as (keyof typeof limits)[]) {
    const value = options[name] ?? limits[name];
    const least = name === "queue" ? 0 : 1;
    // Timers take no more than 31 bits.
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
