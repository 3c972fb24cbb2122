import { assertArgument, assertWhole } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import {
  type CodeMatrix,
  createCodeMatrix,
  MAX_FEATURES,
} from "./code_matrix.ts";
import { encodeFeatures } from "./encode_features.ts";

/** An image in an index. */
export interface IndexedImage {
  /** Its name, such as a path; unique in its index. */
  readonly name: string;
  /**
   * A text that changes with the image, such as a file's size and time. An image of the
   * same name and version isn't indexed again.
   */
  readonly version: string;
}

/** A similar image. */
export interface Match extends IndexedImage {
  /** The cosine between the features of both images, 0..1; 1 for the same image. */
  readonly similarity: number;
}

/** The model and the images of an index. */
export interface IndexMetadata {
  /** The model that made the features: see {@linkcode describeModel}. */
  readonly model: IndexedModel;
  /** The root that names are relative to: a folder's path, or any text. */
  readonly root: string;
}

/** The model that made an index's features. */
export interface IndexedModel {
  /** The model's name, for people. */
  readonly name: string;
  /** The side of its square input, in pixels. */
  readonly size: number;
  /** How it crops and resizes images, in words, if known. */
  readonly geometry?: string | undefined;
  /** The codes of its features for a test pattern, which identify the model. */
  readonly pattern: Uint8Array;
}

/** Creates an index from images read from a file. */
export let filledIndex: (
  metadata: IndexMetadata,
  matrix: CodeMatrix,
  images: readonly IndexedImage[],
  scales: Float32Array,
) => SearchIndex;

/** An index of images for finding similar ones. */
export class SearchIndex implements IndexMetadata {
  /** See {@linkcode IndexMetadata.model}. */
  readonly model: IndexedModel;
  /** See {@linkcode IndexMetadata.root}. */
  readonly root: string;
  /** The number of features per image. */
  readonly featureCount: number;
  readonly #matrix: CodeMatrix;
  #images: IndexedImage[] = [];
  /**
   * The inverse length of each row's codes. Its capacity may exceed the number of images.
   */
  #scales = new Float32Array(256);
  readonly #versions = new Map<string, string>();

  static {
    filledIndex = (metadata, matrix, images, scales) => {
      const index = new SearchIndex(metadata, matrix);
      for (const [i, image] of images.entries()) index.#push(image, scales[i]!);
      return index;
    };
  }

  private constructor({ model, root }: IndexMetadata, matrix: CodeMatrix) {
    this.model = model;
    this.root = root;
    this.featureCount = matrix.width;
    this.#matrix = matrix;
  }

  /**
   * Creates an empty index.
   *
   * @throws {ArgumentError} When the model has no features, or more than 65536.
   * @throws {BackendUnavailableError} When this runtime can't run the SIMD kernels.
   */
  static async create(metadata: IndexMetadata): Promise<SearchIndex> {
    const { model, root } = metadata ?? {};
    assertArgument(
      model?.pattern instanceof Uint8Array,
      "index images as the model must be what describeModel() gives",
      model,
    );
    for (const [what, text] of [["root", root], ["model", model.name]]) {
      assertArgument(
        typeof text === "string",
        `index images as the name of the ${what} must be a text`,
        text,
      );
    }
    const { length } = model.pattern;
    if (!(length >= 1 && length <= MAX_FEATURES)) {
      throw new ArgumentError(
        `Cannot index images as they must have 1 to ${MAX_FEATURES} features: they have ${length}`,
      );
    }
    return new SearchIndex(metadata, await createCodeMatrix(length));
  }

  /** The number of images. */
  get size(): number {
    return this.#images.length;
  }

  /** The images, in the order of their rows in {@linkcode SearchIndex.codes}. */
  get images(): readonly IndexedImage[] {
    return this.#images;
  }

  /** The scale of each row: its codes times this scale are a vector of length 1. */
  get scales(): Float32Array {
    return this.#scales.slice(0, this.size);
  }

  /**
   * All codes in 0..127, `[size, featureCount]`. Valid until the next image is added.
   */
  get codes(): Uint8Array {
    return this.#matrix.rows(this.size);
  }

  /** Whether the index has an image of this name and version. */
  has(image: IndexedImage): boolean {
    const { name, version } = image ?? {};
    return this.#versions.get(name) === version;
  }

  /**
   * Adds an image.
   *
   * @param features The result of `Classifier.features`.
   * @throws {ArgumentError} When the index has an image of this name, or a feature
   * isn't finite and >= 0.
   * @throws {MemoryLimitError} When there is no memory for another image.
   */
  add(image: IndexedImage, features: Float32Array): void {
    const { name, version } = image ?? {};
    assertArgument(
      typeof name === "string" && typeof version === "string",
      "add an image as its name and version must be texts",
      typeof name === "string" ? version : name,
    );
    if (this.#versions.has(name)) {
      throw new ArgumentError(
        `Cannot add the image "${name}" as the index has one of that name`,
      );
    }
    const { size, featureCount } = this;
    const row = this.#matrix.rows(size + 1).subarray(size * featureCount);
    this.#push({ name, version }, encodeFeatures(features, row));
  }

  /** Removes all images for which `isKept` returns false, and returns how many. */
  retain(isKept: (image: IndexedImage) => boolean): number {
    assertArgument(
      typeof isKept === "function",
      "drop images as isKept must be a function",
      isKept,
    );
    const { codes, featureCount } = this;
    const before = this.#images;
    const kept = before.map(isKept); // Called before any change, as it may throw.
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
   * Finds the most similar images, the most similar first. Of equally similar images,
   * the one that was added first comes first. The results are the same on every
   * machine, bit for bit.
   *
   * @param features The result of `Classifier.features`, `[featureCount]`.
   * @param top The number of images to return, at least 1; 10 unless given.
   * @throws {ArgumentError} When `top` isn't a whole number >= 1, or the features don't
   * fit the index.
   */
  nearest(features: Float32Array, top = 10): Match[] {
    assertWhole("search for the top images", "top", top, 1);
    const scales = this.#scales.subarray(0, this.size);
    return this.#matrix.nearest(features, scales, top)
      .map(({ row, score }) => ({ ...this.#images[row]!, similarity: score }));
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
}
