/** An error that Totem throws on purpose. There is one class for each cause. */
export abstract class TotemError extends Error {
  /** The cause in lower-case words, stable across versions while the text may improve. */
  abstract readonly code: string;
}

/**
 * An option or an argument isn't one of those that are taken, or doesn't fit the
 * others or the model. The text has its name, what it must be, and what it is.
 */
export class ArgumentError extends TotemError {
  /** The class's name. */
  override readonly name = "ArgumentError";
  /** The cause, stable across versions. */
  readonly code = "invalid-argument";
}

/** A classifier was used after its disposal. */
export class DisposedError extends TotemError {
  /** The class's name. */
  override readonly name = "DisposedError";
  /** The cause, stable across versions. */
  readonly code = "disposed";
}

/** The bytes aren't an image in a format that Totem decodes. */
export class UnsupportedImageError extends TotemError {
  /** The class's name. */
  override readonly name = "UnsupportedImageError";
  /** The cause, stable across versions. */
  readonly code = "unsupported-image";
  /** The format that was found, `undefined` when none was recognised. */
  readonly format: string | undefined;

  /** An error about an image of `format`. */
  constructor(message: string, format?: string, options?: ErrorOptions) {
    super(message, options);
    this.format = format;
  }
}

/** An image of a known format that can't be decoded: truncated or damaged. */
export class CorruptImageError extends TotemError {
  /** The class's name. */
  override readonly name = "CorruptImageError";
  /** The cause, stable across versions. */
  readonly code = "corrupt-image";
  /** The format that was found. */
  readonly format: string;

  /** An error about an image of `format`. */
  constructor(message: string, format: string, options?: ErrorOptions) {
    super(message, options);
    this.format = format;
  }
}

/** A limit that an image exceeds. */
export interface ExceededLimit {
  /**
   * What is limited: the image's pixels, those of its longer side, the bytes of memory that
   * decoding it takes, an animation's frames, or the pixels that are decoded for those that
   * were asked for.
   */
  readonly of: "pixels" | "side" | "memory" | "frames" | "frame-pixels";
  /** The most that is allowed. */
  readonly allowed: number;
  /** What the image has or takes. */
  readonly found: number;
}

/** Decoding an image takes more work or memory than the caller allows, or than there is. */
export class ImageTooLargeError extends TotemError {
  /** The class's name. */
  override readonly name = "ImageTooLargeError";
  /** The cause, stable across versions. */
  readonly code = "image-too-large";
  /** The limit that it exceeds; `undefined` where there is no number for it. */
  readonly limit: ExceededLimit | undefined;

  /** An error about an image that exceeds `limit`. */
  constructor(
    message: string,
    { limit, ...options }: ErrorOptions & { limit?: ExceededLimit } = {},
  ) {
    super(message, options);
    this.limit = limit;
  }
}

/**
 * The decoder of a format can't be loaded: a part of a bundle didn't come, or the
 * runtime compiles no WebAssembly from bytes and `setWasmModules` wasn't called.
 */
export class DecoderUnavailableError extends TotemError {
  /** The class's name. */
  override readonly name = "DecoderUnavailableError";
  /** The cause, stable across versions. */
  readonly code = "decoder-unavailable";
  /** The format of the image. */
  readonly format: string;

  /** An error about an image of `format`. */
  constructor(message: string, format: string, options?: ErrorOptions) {
    super(message, options);
    this.format = format;
  }
}

/**
 * An image can't be fetched or read: there is nothing at its path or address, the
 * server is silent, or what a browser is to draw isn't loaded or mustn't be read.
 */
export class ImageUnavailableError extends TotemError {
  /** The class's name. */
  override readonly name = "ImageUnavailableError";
  /** The cause, stable across versions. */
  readonly code = "image-unavailable";
}

/** A weights file whose parts contradict each other or the network. */
export class CorruptWeightsError extends TotemError {
  /** The class's name. */
  override readonly name = "CorruptWeightsError";
  /** The cause, stable across versions. */
  readonly code = "corrupt-weights";
}

/**
 * A file of a batch run isn't sound, or is of another plan; the text names the file.
 */
export class CorruptRunError extends TotemError {
  /** The class's name. */
  override readonly name = "CorruptRunError";
  /** The cause, stable across versions. */
  readonly code = "corrupt-run";
}

/**
 * A file of a batch run, or one in a bucket, can't be read, written or listed; the text
 * names it. The disk, the network or the keys are at fault, never an image.
 */
export class StorageError extends TotemError {
  /** The class's name. */
  override readonly name = "StorageError";
  /** The cause, stable across versions. */
  readonly code = "storage";
}

/** A required package from npm isn't installed, or can't be downloaded. */
export class PackageUnavailableError extends TotemError {
  /** The class's name. */
  override readonly name = "PackageUnavailableError";
  /** The cause, stable across versions. */
  readonly code = "package-unavailable";
}

/** A page without TLS can't compute hashes: browsers give it no Web Crypto. */
export class CryptoUnavailableError extends TotemError {
  /** The class's name. */
  override readonly name = "CryptoUnavailableError";
  /** The cause, stable across versions. */
  readonly code = "crypto-unavailable";
}

/** A graph that contradicts itself; the text names the node. */
export class GraphError extends TotemError {
  /** The class's name. */
  override readonly name = "GraphError";
  /** The cause, stable across versions. */
  readonly code = "invalid-graph";
}

/** A model that can't be found by this name, path or address. */
export class UnknownModelError extends TotemError {
  /** The class's name. */
  override readonly name = "UnknownModelError";
  /** The cause, stable across versions. */
  readonly code = "unknown-model";
}

/** More memory is needed than the caller allows, or than there is. */
export class MemoryLimitError extends TotemError {
  /** The class's name. */
  override readonly name = "MemoryLimitError";
  /** The cause, stable across versions. */
  readonly code = "memory-limit";
}

/** No backend that fits the request runs on this machine. */
export class BackendUnavailableError extends TotemError {
  /** The class's name. */
  override readonly name = "BackendUnavailableError";
  /** The cause, stable across versions. */
  readonly code = "backend-unavailable";
}

/** The caller's `AbortSignal` fired; its reason is the `cause`. */
export class AbortedError extends TotemError {
  /** The name that the platform gives, so that existing handlers fit. */
  override readonly name = "AbortError";
  /** The cause, stable across versions. */
  readonly code = "aborted";

  /** An error whose cause is the signal's `reason`. */
  constructor(reason: unknown) {
    super("Aborted by the caller's signal", { cause: reason });
  }
}

/** A thread ended before it had done its part of an image. */
export class ThreadError extends TotemError {
  /** The class's name. */
  override readonly name = "ThreadError";
  /** The cause, stable across versions. */
  readonly code = "thread";
}

/** The GPU's device went away during an image; the next one opens another. */
export class DeviceLostError extends TotemError {
  /** The class's name. */
  override readonly name = "DeviceLostError";
  /** The cause, stable across versions. */
  readonly code = "device-lost";
}

/**
 * An index of images or a batch run is of another model than this one, or of other answers
 * than those of this machine.
 */
export class ModelMismatchError extends TotemError {
  /** The class's name. */
  override readonly name = "ModelMismatchError";
  /** The cause, stable across versions. */
  readonly code = "model-mismatch";
}

/** A model gave an answer that isn't a number: its weights are too large. */
export class NotFiniteError extends TotemError {
  /** The class's name. */
  override readonly name = "NotFiniteError";
  /** The cause, stable across versions. */
  readonly code = "not-finite";
}
