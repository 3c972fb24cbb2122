/**
 * The base class of all errors that Totem throws on purpose. Each cause has its own
 * class.
 */
export abstract class TotemError extends Error {
  /**
   * The cause in lower-case words. It is stable across versions; the message may change.
   */
  abstract readonly code: string;
}

/**
 * An option or argument is invalid, or doesn't fit the others or the model. The message
 * states its name, the requirement, and its value.
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

/** The bytes aren't an image, or its format isn't decoded. */
export class UnsupportedImageError extends TotemError {
  /** The class's name. */
  override readonly name = "UnsupportedImageError";
  /** The cause, stable across versions. */
  readonly code = "unsupported-image";
  /** The format that was found; `undefined` if none was recognised. */
  readonly format: string | undefined;

  /** An error about an image of `format`. */
  constructor(message: string, format?: string, options?: ErrorOptions) {
    super(message, options);
    this.format = format;
  }
}

/** An image is truncated or damaged. */
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
   * The limited quantity: the image's pixels, the pixels of its longer side, the bytes of
   * memory for decoding, an animation's frames, or the pixels of all frames that have to
   * be decoded.
   */
  readonly of: "pixels" | "side" | "memory" | "frames" | "frame-pixels";
  /** The maximum. */
  readonly allowed: number;
  /** The actual value. */
  readonly found: number;
}

/**
 * Decoding an image takes more work or memory than the options allow, or than is
 * available.
 */
export class ImageTooLargeError extends TotemError {
  /** The class's name. */
  override readonly name = "ImageTooLargeError";
  /** The cause, stable across versions. */
  readonly code = "image-too-large";
  /** The limit that the image exceeds; `undefined` if it isn't a number. */
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
 * The decoder of a format can't be loaded: a part of a bundle couldn't be fetched, or
 * the runtime doesn't compile WebAssembly from bytes and `setWasmModules` wasn't
 * called.
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
 * An image can't be fetched or read: nothing is at its path or URL, the server doesn't
 * respond, or an element of the page isn't loaded or comes from another origin.
 */
export class ImageUnavailableError extends TotemError {
  /** The class's name. */
  override readonly name = "ImageUnavailableError";
  /** The cause, stable across versions. */
  readonly code = "image-unavailable";
}

/**
 * A file isn't a complete and valid Inception-v3. The message names the layer or the
 * part of the file.
 */
export class CorruptWeightsError extends TotemError {
  /** The class's name. */
  override readonly name = "CorruptWeightsError";
  /** The cause, stable across versions. */
  readonly code = "corrupt-weights";
}

/**
 * A file of a batch run is damaged, or belongs to another plan. The message names the
 * file.
 */
export class CorruptRunError extends TotemError {
  /** The class's name. */
  override readonly name = "CorruptRunError";
  /** The cause, stable across versions. */
  readonly code = "corrupt-run";
}

/**
 * A file of a batch run or in a bucket can't be read, written or listed. The message
 * names it. The cause is the disk, the network or the keys, never an image.
 */
export class StorageError extends TotemError {
  /** The class's name. */
  override readonly name = "StorageError";
  /** The cause, stable across versions. */
  readonly code = "storage";
}

/** A required optional npm package isn't installed, or can't be downloaded. */
export class PackageUnavailableError extends TotemError {
  /** The class's name. */
  override readonly name = "PackageUnavailableError";
  /** The cause, stable across versions. */
  readonly code = "package-unavailable";
}

/**
 * A page without TLS can't check hashes, as browsers offer Web Crypto only over TLS.
 */
export class CryptoUnavailableError extends TotemError {
  /** The class's name. */
  override readonly name = "CryptoUnavailableError";
  /** The cause, stable across versions. */
  readonly code = "crypto-unavailable";
}

/** A graph contradicts itself. The message names the node. */
export class GraphError extends TotemError {
  /** The class's name. */
  override readonly name = "GraphError";
  /** The cause, stable across versions. */
  readonly code = "invalid-graph";
}

/** There is no model with this name, path or URL, or it can't be downloaded. */
export class UnknownModelError extends TotemError {
  /** The class's name. */
  override readonly name = "UnknownModelError";
  /** The cause, stable across versions. */
  readonly code = "unknown-model";
}

/** The model needs more memory than `memoryLimit` allows, or than is available. */
export class MemoryLimitError extends TotemError {
  /** The class's name. */
  override readonly name = "MemoryLimitError";
  /** The cause, stable across versions. */
  readonly code = "memory-limit";
}

/**
 * No backend that fits the options runs on this machine. The message states the reason
 * for each.
 */
export class BackendUnavailableError extends TotemError {
  /** The class's name. */
  override readonly name = "BackendUnavailableError";
  /** The cause, stable across versions. */
  readonly code = "backend-unavailable";
}

/** The caller's `AbortSignal` fired. The `cause` is the signal's reason. */
export class AbortedError extends TotemError {
  /** The name that web APIs use, so existing handlers work. */
  override readonly name = "AbortError";
  /** The cause, stable across versions. */
  readonly code = "aborted";

  /** An error whose cause is the signal's `reason`. */
  constructor(reason: unknown) {
    super("Aborted by the caller's signal", { cause: reason });
  }
}

/**
 * A thread didn't start, or ended before it finished its part of an image. The next image
 * gets new threads.
 */
export class ThreadError extends TotemError {
  /** The class's name. */
  override readonly name = "ThreadError";
  /** The cause, stable across versions. */
  readonly code = "thread";
}

/** The GPU's device was lost during an image. The next image opens another one. */
export class DeviceLostError extends TotemError {
  /** The class's name. */
  override readonly name = "DeviceLostError";
  /** The cause, stable across versions. */
  readonly code = "device-lost";
}

/**
 * An index of images or a batch run was made with another model, or this machine gives
 * different answers from the one that made it.
 */
export class ModelMismatchError extends TotemError {
  /** The class's name. */
  override readonly name = "ModelMismatchError";
  /** The cause, stable across versions. */
  readonly code = "model-mismatch";
}

/** A model's answer is NaN or infinite: its weights are damaged or too large. */
export class NotFiniteError extends TotemError {
  /** The class's name. */
  override readonly name = "NotFiniteError";
  /** The cause, stable across versions. */
  readonly code = "not-finite";
}
