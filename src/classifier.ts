import { assertOptions } from "./argument.ts";
import { assertClasses, assertProbabilities } from "./assert_answers.ts";
import type { Backend, Precision } from "./backends/backend.ts";
import type { BackendReport } from "./backends/check_backend.ts";
import type { OpenedNetwork } from "./backends/select.ts";
import {
  assertClassifyOptions,
  type Classification,
  type ClassifiedAnimation,
  type ClassifiedImage,
  type ClassifyOptions,
  type ImageFeatures,
  likeliestClasses,
  RUN_OPTIONS,
  type RunOptions,
} from "./classification.ts";
import type { ExplainedModel } from "./explain/explain_image.ts";
import {
  EXPLAIN_OPTIONS,
  type ExplainOptions,
  type Explanation,
} from "./explain/explanation.ts";
import { finiteSession } from "./finite_answer.ts";
import type { ImageSource } from "./image/mod.ts";
import {
  type Graph,
  inferShapes,
  isQuantized,
  type ModelMetadata,
  type Network,
} from "./model/mod.ts";
import { elementCount } from "./model/shapes.ts";
import { runMany, runOutput } from "./run_model.ts";

export let createClassifier: (
  network: Network,
  graph: Graph,
  metadata: ModelMetadata,
  opened: OpenedNetwork,
) => Classifier;

/** A model that is ready to run; `load` makes it. */
export class Classifier implements Disposable {
  /** The names of the classes, by index; empty for a model without classes. */
  readonly labels: readonly string[];
  /** The ids of the classes, such as WordNet's, if the model has them. */
  readonly classIds: readonly string[] | undefined;
  /** The network's architecture. */
  readonly graph: Graph;
  /** The side of the network's square input, in pixels. */
  readonly size: number;
  /** How images enter and answers leave, each with its origin: model, option or assumed. */
  readonly metadata: ModelMetadata;
  /**
   * The length of {@linkcode Classifier.features}: 2048, unless the network ends at an
   * earlier block or all of its last activations are features.
   */
  readonly featureCount: number;
  /**
   * How many images to classify at once for the highest throughput: 1, or with
   * `threading: "throughput"` the number of threads and one more that is decoded.
   */
  readonly concurrency: number;
  /** The memory for running images, in bytes: exact in int8, an upper bound in f32. */
  readonly memory: number;
  /** Where it runs. */
  readonly backend: Backend;
  /**
   * The bits of activations, which influence the answers: as asked for, or as `"auto"`
   * chose for this runtime and processor; `null` in f32.
   */
  readonly activationBits: 7 | 8 | null;
  /**
   * The precision of the weights. `"int8"` weights on an `"f32"` backend take more time
   * and memory, and the answers differ a little; `skippedBackends` says why it was chosen.
   */
  readonly precision: Precision;
  /** The backends that `auto` tried before, with the reason why each wasn't taken. */
  readonly skippedBackends: readonly BackendReport[];
  readonly #model: ExplainedModel;

  static {
    // Not by its name, by which bundlers would call the class _Classifier.
    createClassifier = (network, graph, metadata, opened) =>
      new this(network, graph, metadata, opened);
  }

  private constructor(
    network: Network,
    graph: Graph,
    metadata: ModelMetadata,
    { session, report, skippedBackends }: OpenedNetwork,
  ) {
    // Not the network: its weights may be the session's memory.
    const { labels, classIds, preprocessing } = network;
    const size = graph.input[0];
    const known = { graph, size, labels, classIds, metadata };
    this.#model = { ...known, preprocessing, session: finiteSession(session) };
    this.labels = labels;
    this.classIds = classIds;
    this.graph = graph;
    this.size = size;
    this.metadata = metadata;
    this.featureCount = elementCount(
      inferShapes(graph).get(graph.outputs.features)!,
    );
    this.concurrency = session.concurrency === 1 ? 1 : session.concurrency + 1;
    this.memory = report.memory;
    this.backend = report.backend;
    this.activationBits = session.activationBits;
    this.precision = isQuantized(network) ? "int8" : "f32";
    this.skippedBackends = skippedBackends;
  }

  /**
   * The classes of an image with the highest probabilities, the highest first: 5 of them
   * unless `top` is given. Of a model with a sigmoid, all that reach the threshold: none
   * if no class does.
   *
   * @throws {ArgumentError} When the model has no classes or gives logits, or the image
   * or an option isn't valid.
   * @throws {DisposedError} After the classifier's disposal.
   * @throws {UnsupportedImageError} When it isn't an image, or of no `ImageFormat`.
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
    const { top, threshold, ...running } = options;
    const probabilities = await this.probabilities(image, running);
    const { value } = this.metadata.activation;
    return likeliestClasses(this, probabilities, value, { top, threshold });
  }

  /**
   * The classes of each frame of an animation, and of all: one bad frame of many shows,
   * which the mean of {@linkcode Classifier.classify} would hide.
   *
   * @param options All frames are run unless `frames` says how many.
   * @throws As {@linkcode Classifier.classify}.
   */
  async classifyFrames(
    image: ImageSource,
    options: ClassifyOptions = {},
  ): Promise<ClassifiedAnimation> {
    assertClassifyOptions(options);
    assertProbabilities(this);
    const { top, threshold, frames = Infinity, ...running } = options;
    const { value } = this.metadata.activation;
    const { classifyFrames } = await import("./run_frames.ts");
    return await classifyFrames(
      (probabilities) =>
        likeliestClasses(this, probabilities, value, { top, threshold }),
      image,
      this.#model,
      { ...running, frames },
      ({ data }) => this.#model.session.run(data, "probabilities"),
    );
  }

  /**
   * The probability of each class, in the order of the labels. They add up to 1, unless
   * the model has a sigmoid: then each is in 0..1 on its own.
   *
   * @throws As {@linkcode Classifier.classify}.
   */
  async probabilities(
    image: ImageSource,
    options: RunOptions = {},
  ): Promise<Float32Array> {
    assertOptions("classify", options, RUN_OPTIONS);
    assertProbabilities(this);
    return await runOutput(this.#model, image, options, "probabilities");
  }

  /**
   * What the network gives for each class before softmax or a sigmoid, in the order of
   * the labels: any numbers. Of a model without an activation they are its answer.
   *
   * @throws {ArgumentError} When the model has no classes, or the image or an option
   * isn't valid.
   * @throws As {@linkcode Classifier.classify}.
   */
  async logits(
    image: ImageSource,
    options: RunOptions = {},
  ): Promise<Float32Array> {
    assertOptions("read logits", options, RUN_OPTIONS);
    assertClasses(this);
    return await runOutput(this.#model, image, options, "logits");
  }

  /**
   * The pooled activations before the classifier, for search and for training other
   * heads: `featureCount` values >= 0.
   *
   * @throws As {@linkcode Classifier.classify}.
   */
  async features(
    image: ImageSource,
    options: RunOptions = {},
  ): Promise<Float32Array> {
    assertOptions("read features", options, RUN_OPTIONS);
    return await runOutput(this.#model, image, options, "features");
  }

  /**
   * Where in an image the model sees a class: see {@linkcode Explanation}.
   *
   * @throws {ArgumentError} When the model has no such class; the text lists similar
   * names.
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
    return await explainImage(this.#model, image, options);
  }

  /**
   * {@linkcode Classifier.classify} of many images, in order, several at once where that
   * is faster. At most {@linkcode Classifier.concurrency} images are read ahead and in
   * memory.
   *
   * An image that can't be read or run gives its error, and the others follow. A `break`
   * or the signal ends all work.
   *
   * @param images Read one after the other: give paths or addresses to save memory.
   * @throws {ArgumentError} When the model has no classes or gives logits, or `images`
   * or an option isn't valid.
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
    assertProbabilities(this);
    yield* runMany(this, images, options, async (image, options) => ({
      classes: await this.classify(image, options),
    }));
  }

  /** As {@linkcode Classifier.classifyAll}, for {@linkcode Classifier.features}. */
  async *featuresAll<T extends ImageSource>(
    images: (Iterable<T> & object) | AsyncIterable<T>,
    options: RunOptions = {},
  ): AsyncGenerator<ImageFeatures<T>, void, void> {
    assertOptions("read features", options, RUN_OPTIONS);
    yield* runMany(this, images, options, async (image, options) => ({
      features: await this.features(image, options),
    }));
  }

  /** Frees the model's memory; a second call does nothing. */
  dispose(): void {
    this.#model.session[Symbol.dispose]();
  }

  /** As {@linkcode Classifier.dispose}, at the end of the scope of `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
