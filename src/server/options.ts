/**
 * What a handler is told, and what it tells.
 *
 * @module
 */
import { assertFunctions, assertWhole, type OptionNames } from "../argument.ts";
import { DEFAULT_MAX_PIXELS, DEFAULT_MAX_WEBP_PIXELS } from "../image/mod.ts";
import type { ServedClassifier } from "./served_classifier.ts";

/** What a handler serves, and its limits. */
export interface HandlerOptions {
  /**
   * A classifier, or a function that loads one. It is called for the first request
   * that needs it, or by {@linkcode Handler.load}; again if it failed. The handler
   * never disposes it.
   */
  readonly classifier: ServedClassifier | (() => Promise<ServedClassifier>);
  /** The bytes that a body may have; 16 MiB unless given. */
  readonly maxBodyBytes?: number | undefined;
  /** The pixels that an image may have, 50 million unless given. */
  readonly maxPixels?: number | undefined;
  /**
   * The pixels that a WebP or an interlaced PNG may have, which are in memory as a
   * whole while they are decoded: in 12 and in 4 bytes a pixel. 20 million unless
   * given: 240 MB. Others are read row by row.
   */
  readonly maxBufferedPixels?: number | undefined;
  /** The files that a form may have; 32 unless given. */
  readonly maxImages?: number | undefined;
  /** The ms that a request may take, its body's coming included; 30 000 unless given. */
  readonly deadline?: number | undefined;
  /**
   * How many requests whose body is there are let in beside as many as run at once
   * ({@linkcode ServedClassifier.concurrency}); 32 unless given. Further ones are answered 503.
   */
  readonly queue?: number | undefined;
  /** The bearer token that a request must bring, unless it asks for the health. */
  readonly token?: string | undefined;
  /**
   * The origins whose pages may use the server, such as `"https://example.org"`, or
   * `"*"`; none unless given.
   */
  readonly cors?: string | readonly string[] | undefined;
  /** Called when a request has its answer, for logs and metrics. */
  readonly onRequest?: ((entry: RequestEntry) => void) | undefined;
}

/** All of {@linkcode HandlerOptions}. */
export const HANDLER_OPTIONS: OptionNames<HandlerOptions> = {
  classifier: true,
  maxBodyBytes: true,
  maxPixels: true,
  maxBufferedPixels: true,
  maxImages: true,
  deadline: true,
  queue: true,
  token: true,
  cors: true,
  onRequest: true,
};

/** A request that has its answer. */
export interface RequestEntry {
  /** Such as `"POST"`. */
  readonly method: string;
  /** The path as it was asked for, without the query. */
  readonly path: string;
  /** The path if there is something, else null. */
  readonly route: string | null;
  /**
   * The answer's status; 499 where the client hung up before it, as others write in
   * their logs.
   */
  readonly status: number;
  /** From the request's head to the answer, in ms. */
  readonly ms: number;
  /** The bytes of the body that were read. */
  readonly bytes: number;
  /** How many images were answered. */
  readonly images: number;
  /** What went wrong inside. The answer tells nothing of it. */
  readonly error?: unknown;
}

/** How many there are at this moment. */
export interface Load {
  /** Requests whose body isn't there yet. */
  readonly receiving: number;
  /** Requests whose body is there and of which no image has run yet. */
  readonly waiting: number;
  /** Images that run. */
  readonly running: number;
}

/** Answers requests: a `fetch` handler. */
export interface Handler {
  /**
   * The answer to a request; it doesn't reject.
   *
   * @param info What `Deno.serve` gives: by `remoteAddr.hostname` clients are told
   *   apart, and share places and turns evenly. All are one client without it.
   */
  (request: Request, info?: unknown): Promise<Response>;
  /** Loads the classifier ahead of the first request. */
  load(): Promise<void>;
  /** Refuses new work with 503, resolves when what runs has ended. */
  drain(): Promise<void>;
  /** How much there is to do. */
  status(): Load;
}

/** The limits, all of them known. */
export interface Limits {
  readonly maxBodyBytes: number;
  readonly maxPixels: number;
  readonly maxBufferedPixels: number;
  readonly maxImages: number;
  readonly deadline: number;
  readonly queue: number;
}

/** The default of {@linkcode HandlerOptions.maxBodyBytes}. */
export const DEFAULT_MAX_BODY_BYTES: number = 2 ** 24;

/**
 * The limits of `options`, or the defaults.
 *
 * @throws {ArgumentError} When one isn't a number that there can be, or `onRequest` no
 * function.
 */
export function limitsOf(options: HandlerOptions): Limits {
  assertFunctions("serve", options, ["onRequest"]);
  const limits: Limits = {
    maxBodyBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    maxPixels: options.maxPixels ?? DEFAULT_MAX_PIXELS,
    maxBufferedPixels: options.maxBufferedPixels ?? DEFAULT_MAX_WEBP_PIXELS,
    maxImages: options.maxImages ?? 32,
    deadline: options.deadline ?? 30_000,
    queue: options.queue ?? 32,
  };
  for (const [name, value] of Object.entries(limits)) {
    const least = name === "queue" ? 0 : 1;
    // Timers take no more than 31 bits.
    const most = name === "deadline" ? 2 ** 31 - 1 : Number.MAX_SAFE_INTEGER;
    assertWhole("serve", name, value, least, most);
  }
  return limits;
}
