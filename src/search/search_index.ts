/**
 * Images' features as codes in a WASM memory, which one call compares with another
 * image's:
 *
 *     0      found    of the vectors that are being compared the better ones
 *     2048   scales   of these vectors, BLOCK f32
 *     3072   query    its codes
 *     then   vectors  `featureCount` codes each, one after the other
 *
 * @module
 */
import { assertArgument, assertWhole } from "../argument.ts";
import { ArgumentError, MemoryLimitError } from "../errors.ts";
import { bestRows } from "./best_rows.ts";
import { encodeFeatures } from "./encode_features.ts";
import { instantiateKernels, type SearchKernels } from "./kernels.ts";

/** An image in an index. */
export interface IndexedImage {
  /** What it is called, unique in its index: a path, say. */
  readonly name: string;
  /**
   * What differs when the image does: a file's size and time, say. An image of the
   * same name and version isn't indexed again.
   */
  readonly version: string;
}

/** An image that looks alike. */
export interface Match extends IndexedImage {
  /** The cosine between both images' features, 0..1. */
  readonly similarity: number;
}

/** What an index is of. */
export interface IndexMetadata {
  /** Whose features: see {@linkcode describeModel}. */
  readonly model: IndexedModel;
  /** Where names start: a folder's path, or what its owner likes. */
  readonly root: string;
}

/** The model whose features an index has. */
export interface IndexedModel {
  /** What it is called, for people. */
  readonly name: string;
  /** The side of its square input, in pixels. */
  readonly size: number;
  /** The codes of what it sees in a known pattern. */
  readonly pattern: Uint8Array;
}

/** More features could overflow a sum. */
export const MAX_FEATURES = 2 ** 16;

/** Vectors that are compared by one call, between which WASM may get faster. */
const BLOCK = 256;
const SCALES = BLOCK * 8;
const QUERY = SCALES + BLOCK * 4;
const PAGE_BYTES = 2 ** 16;

/**
 * Memory for the codes of images that {@linkcode fillIndex} will have, with `extra`
 * bytes behind it.
 *
 * @throws {MemoryLimitError} When it can't be had.
 */
export let reserveCodes: (
  index: SearchIndex,
  images: number,
  extra: number,
) => Uint8Array;

/**
 * Fills an empty index with the images whose codes lie in what
 * {@linkcode reserveCodes} gave.
 *
 * @returns Whether all are codes, 0..127; it stays empty if not.
 */
export let fillIndex: (
  index: SearchIndex,
  images: readonly IndexedImage[],
  scales: Float32Array,
) => boolean;

/** Images whose look-alikes can be found. */
export class SearchIndex implements IndexMetadata {
  /** See {@linkcode IndexMetadata.model}. */
  readonly model: IndexedModel;
  /** See {@linkcode IndexMetadata.root}. */
  readonly root: string;
  /** How many features an image has. */
  readonly featureCount: number;
  readonly #memory: WebAssembly.Memory;
  readonly #kernels: SearchKernels;
  readonly #vectors: number;
  #images: IndexedImage[] = [];
  /** Of each row what makes its codes a vector of length 1. */
  #scales = new Float32Array(BLOCK);
  readonly #versions = new Map<string, string>();

  static {
    reserveCodes = (index, images, extra) => {
      const length = images * index.featureCount + extra;
      index.#reserve(index.#vectors + length);
      return index.#bytes(index.#vectors, length);
    };
    fillIndex = (index, images, scales) => {
      const length = images.length * index.featureCount;
      if (index.#kernels.hasHighBits(index.#vectors, length)) return false;
      for (const [i, image] of images.entries()) {
        index.#assertNew(image.name);
        index.#push(image, scales[i]!);
      }
      return true;
    };
  }

  private constructor(
    { model, root }: IndexMetadata,
    memory: WebAssembly.Memory,
    kernels: SearchKernels,
  ) {
    this.model = model;
    this.root = root;
    this.featureCount = model.pattern.length;
    this.#memory = memory;
    this.#kernels = kernels;
    this.#vectors = Math.ceil((QUERY + this.featureCount) / 64) * 64;
  }

  /**
   * An empty index.
   *
   * @throws {ArgumentError} When the model has no features, or more than 65536.
   * @throws {BackendUnavailableError} When this runtime has no SIMD, or doesn't
   * compile WebAssembly from bytes.
   */
  static async create(facts: IndexMetadata): Promise<SearchIndex> {
    assertArgument(
      facts?.model?.pattern instanceof Uint8Array,
      "index images as the model must be what describeModel() gives",
      facts?.model,
    );
    for (
      const [what, text] of [["root", facts.root], ["model", facts.model.name]]
    ) {
      assertArgument(
        typeof text === "string",
        `index images as the name of the ${what} must be a text`,
        text,
      );
    }
    const { length } = facts.model.pattern;
    if (!(length >= 1 && length <= MAX_FEATURES)) {
      throw new ArgumentError(
        `Cannot index images as they must have 1 to ${MAX_FEATURES} features: they have ${length}`,
      );
    }
    const pages = Math.ceil((QUERY + length + 64) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages });
    const kernels = await instantiateKernels(memory);
    return new SearchIndex(facts, memory, kernels);
  }

  /** How many images it has. */
  get size(): number {
    return this.#images.length;
  }

  /** The images, in the order of their rows. */
  get images(): readonly IndexedImage[] {
    return this.#images;
  }

  /** Of each row what makes its codes a vector of length 1. */
  get scales(): Float32Array {
    return this.#scales.slice(0, this.size);
  }

  /** All codes, `[size, featureCount]`, until the next image is added. */
  get codes(): Uint8Array {
    return this.#bytes(this.#vectors, this.size * this.featureCount);
  }

  /** Whether it has an image of this name and version. */
  has(image: IndexedImage): boolean {
    const { name, version } = image ?? {};
    return this.#versions.get(name) === version;
  }

  /**
   * Adds an image.
   *
   * @param features As `Classifier.features` gives them.
   * @throws {ArgumentError} When its name is there already, or a feature isn't finite
   * and >= 0.
   * @throws {MemoryLimitError} When there is no memory for more.
   */
  add(image: IndexedImage, features: Float32Array): void {
    const { name, version } = image ?? {};
    assertArgument(
      typeof name === "string" && typeof version === "string",
      "add an image as its name and version must be texts",
      typeof name === "string" ? version : name,
    );
    this.#assertNew(name);
    const at = this.#vectors + this.size * this.featureCount;
    this.#reserve(at + this.featureCount);
    const scale = encodeFeatures(
      features,
      this.#bytes(at, this.featureCount),
    );
    this.#push({ name, version }, scale);
  }

  /**
   * Drops all images but those for which `isKept`.
   *
   * @returns How many were dropped.
   */
  retain(isKept: (image: IndexedImage) => boolean): number {
    assertArgument(
      typeof isKept === "function",
      "drop images as isKept must be a function",
      isKept,
    );
    const { codes, featureCount } = this;
    const before = this.#images;
    const kept = before.map(isKept); // Before anything is changed: it may throw.
    this.#images = [];
    this.#versions.clear();
    for (const [row, image] of before.entries()) {
      if (!kept[row]) continue;
      const from = row * featureCount;
      codes.copyWithin(this.size * featureCount, from, from + featureCount);
      this.#push(image, this.#scales[row]!);
    }
    return before.length - this.size;
  }

  /**
   * The images that look most alike, most similar first; of equal ones that which was
   * added first. The same on every machine, to the bit.
   *
   * @param features As `Classifier.features` gives them.
   * @param top How many, at least 1; 10 unless given.
   * @throws {ArgumentError} When `top` isn't a whole number >= 1, a feature isn't finite
   * and >= 0, or they aren't `featureCount`.
   */
  nearest(features: Float32Array, top = 10): Match[] {
    assertWhole("search for the top images", "top", top, 1);
    const { featureCount, size } = this;
    const scale = encodeFeatures(features, this.#bytes(QUERY, featureCount));
    const { buffer } = this.#memory;
    const scales = new Float32Array(buffer, SCALES, BLOCK);
    const rows = new Uint32Array(buffer, 0, BLOCK * 2);
    const scores = new Float32Array(buffer, 0, BLOCK * 2);
    const best = bestRows(top);
    for (let first = 0; first < size; first += BLOCK) {
      scales.set(this.#scales.subarray(first, first + BLOCK));
      const found = this.#kernels.scan(
        QUERY,
        this.#vectors + first * featureCount,
        SCALES,
        featureCount,
        Math.min(BLOCK, size - first),
        best.least,
        0,
      );
      for (let i = 0; i < found; i++) {
        best.offer(first + rows[2 * i]!, scores[2 * i + 1]!);
      }
    }
    return best.sorted().map(({ row, score }) => ({
      ...this.#images[row]!,
      // Both scales are rounded.
      similarity: Math.min(1, score * scale),
    }));
  }

  #push(image: IndexedImage, scale: number): void {
    if (this.size === this.#scales.length) {
      const longer = new Float32Array(2 * this.size);
      longer.set(this.#scales);
      this.#scales = longer;
    }
    this.#scales[this.size] = scale;
    this.#images.push(image);
    this.#versions.set(image.name, image.version);
  }

  #assertNew(name: string): void {
    if (!this.#versions.has(name)) return;
    throw new ArgumentError(
      `Cannot add the image "${name}" as the index has one of that name`,
    );
  }

  #bytes(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, offset, length);
  }

  #reserve(end: number): void {
    const missing = end - this.#memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      // Not a page each time: that detaches all views.
      this.#memory.grow(Math.max(16, Math.ceil(missing / PAGE_BYTES)));
    } catch (cause) {
      throw new MemoryLimitError(
        `Cannot hold more than ${this.size} images as there is no WebAssembly memory of ${end} bytes`,
        { cause },
      );
    }
  }
}
