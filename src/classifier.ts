/**
 * Photos in, answers out: a network, the backend that it was opened in, and the
 * input stage in front of it.
 *
 * @module
 */
import { throwIfAborted } from "./async/abort.ts";
import type { Backend, Precision, Session } from "./backends/backend.ts";
import type { BackendReport } from "./backends/check_backend.ts";
import type { OpenedNetwork } from "./backends/select.ts";
import { assertOptions, pickOptions } from "./argument.ts";
import {
  assertClassifyOptions,
  assertRunOptions,
  type Classification,
  type ClassifiedImage,
  type ClassifyOptions,
  type ImageFeatures,
  namedClass,
  RUN_OPTIONS,
  type RunOptions,
} from "./classification.ts";
import { ArgumentError } from "./errors.ts";
import {
  EXPLAIN_OPTIONS,
  type ExplainOptions,
  type Explanation,
} from "./explain/explanation.ts";
import { finiteSession } from "./finite_answer.ts";
import { assertDecodeOptions } from "./image/decode_options.ts";
import { bytesOrPixels } from "./image/image_source.ts";
import {
  type ImageSource,
  type Pixels,
  preprocess,
  type PreprocessOptions,
} from "./image/mod.ts";
import {
  type Graph,
  inferShapes,
  isQuantized,
  type ModelMetadata,
  type Network,
  type Preprocessing,
} from "./model/mod.ts";
import { elementCount } from "./model/shapes.ts";

/** Makes the classifier of a network that was opened for `graph`'s images. */
export let createClassifier: (
  network: Network,
  graph: Graph,
  metadata: ModelMetadata,
  opened: OpenedNetwork,
) => Classifier;

/** A model that is ready to run; `load` makes it. */
export class Classifier implements Disposable {
  /** The classes' names, in the order of their index; a model may have none. */
  readonly labels: readonly string[];
  /** The classes' ids, such as WordNet's, where the model has some. */
  readonly classIds: readonly string[] | undefined;
  /** What is computed. */
  readonly graph: Graph;
  /** The side of the network's square input, in pixels. */
  readonly size: number;
  /**
   * How images enter and answers leave, each with who said so: the model, an option
   * or nobody.
   */
  readonly metadata: ModelMetadata;
  /** How many values {@linkcode Classifier.features} gives: 2048. */
  readonly featureCount: number;
  /**
   * How many images to classify at once for the highest throughput: 1, or with
   * `threading: "throughput"` one more than there are threads, to be decoded meanwhile.
   */
  readonly concurrency: number;
  /** The bytes that running an image takes: exact for int8, an upper bound for f32. */
  readonly memory: number;
  /** Where it runs. */
  readonly backend: Backend;
  /**
   * The bits of activations, on which answers hang: what was asked for, or what
   * `"auto"` took on this machine; `null` in f32.
   */
  readonly activationBits: 7 | 8 | null;
  /**
   * What the weights are. Where it is `"int8"` and the backend's is `"f32"`, no int8
   * backend runs here, or none was asked for: it takes more time and memory, and
   * answers differ a little. The skippedBackends say why.
   */
  readonly precision: Precision;
  /** The backends that `auto` asked before, and why each wasn't taken. */
  readonly skippedBackends: readonly BackendReport[];
  readonly #preprocessing: Preprocessing;
  readonly #session: Session;

  static {
    // Not by its name, by which bundlers would call the class _Classifier.
    createClassifier = (network, graph, metadata, opened) =>
      new this(network, graph, metadata, opened);
  }

  private constructor(
    network: Network,
    graph: Graph,
    metadata: ModelMetadata,
    { session, backend, memory, skippedBackends }: OpenedNetwork,
  ) {
    this.labels = network.labels;
    this.classIds = network.classIds;
    this.graph = graph;
    this.size = graph.input[0];
    this.metadata = metadata;
    this.featureCount = elementCount(
      inferShapes(graph).get(graph.outputs.features)!,
    );
    this.concurrency = session.concurrency === 1 ? 1 : session.concurrency + 1;
    this.memory = memory;
    this.backend = backend;
    this.activationBits = session.activationBits;
    this.precision = isQuantized(network) ? "int8" : "f32";
    this.skippedBackends = skippedBackends;
    // Not the network: its weights may be the session's memory.
    this.#preprocessing = network.preprocessing;
    this.#session = finiteSession(session);
  }

  /**
   * The likeliest classes of an image, the likeliest first.
   *
   * @throws {ArgumentError} When the model has no classes, or the image or an option
   * isn't valid.
   * @throws {DisposedError} After the classifier's disposal.
   * @throws {UnsupportedImageError} When it isn't a JPEG, PNG or WebP.
   * @throws {CorruptImageError} When it is damaged or cut off.
   * @throws {ImageTooLargeError} When it has more than `maxPixels`, or its file more
   * than 256 MiB.
   * @throws {ImageUnavailableError} When it can't be fetched or read.
   * @throws {NotFiniteError} When the model's answer isn't numbers.
   * @throws {AbortedError} When the signal fires.
   */
  async classify(
    image: ImageSource,
    options: ClassifyOptions = {},
  ): Promise<Classification[]> {
    assertClassifyOptions(options);
    const { top = 5, ...running } = options;
    const probabilities = await this.probabilities(image, running);
    return Array.from(probabilities, (probability, index) => ({
      ...namedClass(this, index),
      probability,
    })).sort((a, b) => b.probability - a.probability).slice(0, top);
  }

  /**
   * The probability of each class, in the order of the labels.
   *
   * @throws As {@linkcode Classifier.classify}.
   */
  async probabilities(
    image: ImageSource,
    options: RunOptions = {},
  ): Promise<Float32Array> {
    assertOptions("classify", options, RUN_OPTIONS);
    this.#assertClasses();
    return await this.#use(
      image,
      options,
      ({ data }) => this.#session.run(data, "probabilities"),
    );
  }

  /**
   * What the network sees in an image, for search and for training other heads:
   * the pooled activations before the classifier, 2048 values >= 0.
   *
   * @throws As {@linkcode Classifier.classify}.
   */
  async features(
    image: ImageSource,
    options: RunOptions = {},
  ): Promise<Float32Array> {
    assertOptions("read features", options, RUN_OPTIONS);
    return await this.#use(
      image,
      options,
      ({ data }) => this.#session.run(data, "features"),
    );
  }

  /**
   * Where in an image a class is seen: see {@linkcode Explanation}.
   *
   * @throws {ArgumentError} When the model has no such class; the text names those
   * that are called alike.
   * @throws As {@linkcode Classifier.classify}.
   *
   * @example What speaks for the likeliest class
   * ```ts
   * import { load } from "@totem/inception";
   *
   * using classifier = await load("nsfw");
   * const photo = await Deno.readFile("photo.jpg");
   * const { label, rows, columns, values } = await classifier.explain(photo);
   * console.log(label, rows, columns, values.length); // Neutral 8 8 64
   * ```
   */
  async explain(
    image: ImageSource,
    options: ExplainOptions = {},
  ): Promise<Explanation> {
    assertOptions("explain", options, EXPLAIN_OPTIONS);
    const { explainImage } = await import("./explain/explain_image.ts");
    assertDecodeOptions(options);
    const photo = await bytesOrPixels(image, options);
    const { crop = this.#preprocessing.crop } = options;
    const { graph, labels, classIds } = this;
    const model = { graph, labels, classIds, session: this.#session };
    return await this.#use(
      photo,
      { ...pickOptions(options, RUN_OPTIONS), crop },
      (input) => explainImage(model, photo, input, { ...options, crop }),
    );
  }

  /**
   * {@linkcode Classifier.classify} of many images, several at once where that is
   * faster, in their order. No more than {@linkcode Classifier.concurrency} are in memory,
   * and no more than that are read of `images` ahead.
   *
   * An image that can't be read or run has its error in its place, and doesn't end it.
   * A `break` or the signal does, and nothing goes on afterwards.
   *
   * @param images Read one after the other: paths and addresses are enough.
   * @throws {ArgumentError} When the model has no classes, or `images` or an option
   * isn't valid.
   * @throws {DisposedError} After the classifier's disposal.
   * @throws {AbortedError} When the signal fires.
   * @throws What `images` throws, after the results of those before.
   *
   * @example All photos of a folder
   * ```ts
   * import { load } from "@totem/inception";
   *
   * using classifier = await load("nsfw");
   * const paths = ["photos/a.jpg", "photos/b.jpg"];
   * for await (const { image, classes, error } of classifier.classifyAll(paths)) {
   *   if (error) console.warn(image, error.message);
   *   else console.log(image, classes[0]);
   * }
   * ```
   */
  async *classifyAll<T extends ImageSource>(
    images: (Iterable<T> & object) | AsyncIterable<T>,
    options: ClassifyOptions = {},
  ): AsyncGenerator<ClassifiedImage<T>, void, void> {
    assertClassifyOptions(options);
    this.#assertClasses();
    const { runAll } = await import("./run_all.ts");
    yield* runAll(
      images,
      { ...options, concurrency: this.concurrency },
      async (image, signal) => ({
        classes: await this.classify(image, { ...options, signal }),
      }),
    );
  }

  /**
   * {@linkcode Classifier.features} of many images: see
   * {@linkcode Classifier.classifyAll}.
   */
  async *featuresAll<T extends ImageSource>(
    images: (Iterable<T> & object) | AsyncIterable<T>,
    options: RunOptions = {},
  ): AsyncGenerator<ImageFeatures<T>, void, void> {
    assertOptions("read features", options, RUN_OPTIONS);
    const { runAll } = await import("./run_all.ts");
    yield* runAll(
      images,
      { ...options, concurrency: this.concurrency },
      async (image, signal) => ({
        features: await this.features(image, { ...options, signal }),
      }),
    );
  }

  /** Frees the model's memory; a second call does nothing. */
  dispose(): void {
    this.#session[Symbol.dispose]();
  }

  /** As {@linkcode Classifier.dispose}, at the end of the scope of `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #assertClasses(): void {
    if (this.labels.length > 0) return;
    throw new ArgumentError(
      "Cannot classify as the model has no classes: features() works",
    );
  }

  async #use<T>(
    image: ImageSource,
    options: RunOptions,
    run: (input: Pixels) => Promise<T>,
  ): Promise<T> {
    assertRunOptions(options);
    let decode = 0;
    let resize = 0;
    const input = await this.#read(image, {
      ...options,
      onTimings: (timings) => ({ decode, resize } = timings),
    });
    throwIfAborted(options.signal);
    const begin = performance.now();
    const result = await run(input);
    const inference = performance.now() - begin;
    options.onTimings?.({ decode, resize, inference });
    return result;
  }

  /** The network's input. */
  async #read(
    image: ImageSource,
    options: RunOptions & PreprocessOptions,
  ): Promise<Pixels> {
    const { crop = this.#preprocessing.crop, ...reading } = options;
    const geometry = { crop, resize: this.#preprocessing.resize };
    return await preprocess(image, this.size, geometry, reading);
  }
}
