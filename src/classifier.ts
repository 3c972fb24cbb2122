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

/** A model that is ready to run; `load` returns it. */
export class Classifier implements Disposable {
  /** The names of the classes, by index; empty for a model without classes. */
  readonly labels: readonly string[];
  /**
   * The ids of the classes, such as WordNet's, by index; `undefined` if the model has
   * none.
   */
  readonly classIds: readonly string[] | undefined;
  /** The network's graph: its nodes in execution order. */
  readonly graph: Graph;
  /** The side of the network's square input, in pixels. */
  readonly size: number;
  /**
   * The preprocessing of images and the kind of outputs. Each fact has its origin: the
   * model, an option, or an assumption.
   */
  readonly metadata: ModelMetadata;
  /**
   * The number of values in {@linkcode Classifier.features}: 2048, unless the network
   * ends at an earlier block or its last activations aren't pooled.
   */
  readonly featureCount: number;
  /**
   * How many images to classify at once for the highest throughput: 1, or with
   * `threading: "throughput"` the number of threads plus 1, so that one image is
   * decoded while the others run.
   */
  readonly concurrency: number;
  /**
   * The memory that the backend needs for the model and its activations, in bytes:
   * exact for int8, an upper bound for f32.
   */
  readonly memory: number;
  /** The backend that runs the model. */
  readonly backend: Backend;
  /**
   * The number of bits of an activation, which affects the answers: the option
   * `activationBits`, or the choice of `"auto"` for this runtime and processor. `null`
   * in f32.
   */
  readonly activationBits: 7 | 8 | null;
  /**
   * The precision of the weights. `"int8"` weights can also run on an f32 backend,
   * which takes more time and memory and gives slightly different answers; then
   * `skippedBackends` says why.
   */
  readonly precision: Precision;
  /** The backends that `auto` tried first, each with the reason why it wasn't used. */
  readonly skippedBackends: readonly BackendReport[];
  readonly #model: ExplainedModel;

  static {
    // Not by its name, as bundlers would then rename the class to _Classifier.
    createClassifier = (network, graph, metadata, opened) =>
      new this(network, graph, metadata, opened);
  }

  private constructor(
    network: Network,
    graph: Graph,
    metadata: ModelMetadata,
    { session, report, skippedBackends }: OpenedNetwork,
  ) {
    // Doesn't keep the network, as its weights may be in the session's memory.
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
   * Classifies an image: returns the classes with the highest probabilities, highest
   * first, 5 of them unless `top` is given. A model with a sigmoid returns all classes
   * that reach the threshold, which may be none.
   *
   * @throws {ArgumentError} When the model has no classes or gives logits, or the image
   * or an option isn't valid.
   * @throws {DisposedError} After the classifier's disposal.
   * @throws {UnsupportedImageError} When the bytes aren't an image, or their format
   * isn't an `ImageFormat`.
   * @throws {CorruptImageError} When the image is damaged or cut off.
   * @throws {ImageTooLargeError} When the image exceeds `maxPixels` or `maxMemory`, or
   * its file is larger than 256 MiB.
   * @throws {DecoderUnavailableError} When the decoder of the image's format can't be
   * loaded.
   * @throws {ImageUnavailableError} When the image can't be fetched or read.
   * @throws {NotFiniteError} When the model's output is NaN or infinite.
   * @throws {ThreadError} When a thread didn't start, or died. The next image starts
   * new ones.
   * @throws {DeviceLostError} When the GPU device was lost. The next image opens
   * another one.
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
   * Classifies each frame of an animation, and their mean. It shows a single bad frame,
   * which the mean of {@linkcode Classifier.classify} would hide.
   *
   * @param options `frames` limits how many frames are run; unless given, all are.
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
   * Returns the probability of each class, one value in 0..1 per label, in their order.
   * The values add up to 1, unless the model has a sigmoid.
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
   * Returns the logits, the values before softmax or sigmoid: one finite number per
   * label, in their order. For a model without an activation, they are its
   * output.
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
   * Returns the features of an image, the pooled activations before the classifier:
   * {@linkcode Classifier.featureCount} values >= 0. Use them for search or to train a
   * classifier of your own.
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
   * Shows where in an image the model sees a class, as a grid of values: see
   * {@linkcode Explanation}. The class is the most likely one unless `class` is given.
   *
   * @throws {ArgumentError} When the model has no such class; the message lists similar
   * names.
   * @throws As {@linkcode Classifier.classify}.
   *
   * @example Where the most likely class is seen
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
   * Classifies many images and yields the results in order. Several images run at once
   * if the classifier has threads for it. At most {@linkcode Classifier.concurrency}
   * images are in memory.
   *
   * For an image that can't be read or run, the result has its `error`, and the
   * iteration continues. A `break` or the signal ends all work.
   *
   * @param images An array or any other iterable, async or not. Pass paths or URLs
   * rather than bytes to save memory.
   * @throws {ArgumentError} When the model has no classes or gives logits, or `images`
   * or an option isn't valid.
   * @throws {DisposedError} After the classifier's disposal.
   * @throws {AbortedError} When the signal fires.
   * @throws Any error that `images` throws, after the results of the images before it.
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

  /**
   * Extracts the features of many images; otherwise as
   * {@linkcode Classifier.classifyAll}.
   */
  async *featuresAll<T extends ImageSource>(
    images: (Iterable<T> & object) | AsyncIterable<T>,
    options: RunOptions = {},
  ): AsyncGenerator<ImageFeatures<T>, void, void> {
    assertOptions("read features", options, RUN_OPTIONS);
    yield* runMany(this, images, options, async (image, options) => ({
      features: await this.features(image, options),
    }));
  }

  /** Frees the model's memory and ends its threads. A second call does nothing. */
  dispose(): void {
    this.#model.session[Symbol.dispose]();
  }

  /** Calls {@linkcode Classifier.dispose} at the end of the scope of `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
