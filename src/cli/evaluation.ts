import { ArgumentError } from "../errors.ts";
import {
  type BackendDescription,
  describeBackend,
} from "../describe_backend.ts";
import type { Classifier } from "../classifier.ts";
import { cost, type ModelMetadata, nodesFor } from "../model/mod.ts";
import type { CropCount } from "../evaluate/crops.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { ensemble } from "../evaluate/ensemble.ts";
import type { Predictor } from "../evaluate/predictor.ts";
import { separateKept } from "../evaluate/results.ts";
import {
  type LabelSummary,
  summarizeLabels,
} from "../evaluate/label_summary.ts";
import { summarize, type Summary } from "../evaluate/summary.ts";
import { withCrops } from "../evaluate/with_crops.ts";
import { classNames } from "../class_names.ts";
import { findClassIds, readLabels } from "./class_files.ts";
import { counted } from "../text/numbers.ts";
import { versionOf } from "./file_version.ts";
import type { ImageReading } from "./image_options.ts";
import { readBytes } from "./image_files.ts";
import { findLabelledFiles, type LabelledFile } from "./labelled_files.ts";
import { loadModel, type ModelValues } from "./model_options.ts";
import { modelConditions } from "./model_conditions.ts";
import type { PathList } from "./path_list.ts";
import { showRemaining } from "./remaining.ts";
import { exitOnInterrupt } from "./signals.ts";
import { openResultsFile, type ResultsFile } from "./results_file.ts";
import { problemOf, type Terminal } from "./terminal.ts";

/** What to evaluate, and how. */
export interface EvaluationRequest {
  readonly folder: string;
  /** Names the images of the folder to evaluate; `null` means all. */
  readonly list: PathList | null;
  /** The models, whose probabilities are averaged. */
  readonly models: readonly string[];
  readonly options: Omit<ModelValues, "model">;
  /** Whether all threads work on one image, so that each image's time is measured alone. */
  readonly oneAtATime: boolean;
  readonly crops: CropCount;
  readonly reading: ImageReading;
  /** A file with the ids of the classes. */
  readonly classes: string | undefined;
  /** A results file to continue and add to. */
  readonly resume: string | undefined;
  /** The minimum probability of an answer; only for a sigmoid. */
  readonly threshold: number | undefined;
  /** Whether to draw a confusion matrix, which isn't available for a sigmoid. */
  readonly isDrawn: boolean;
}

/** An image or a folder that couldn't be read. */
export interface FailedFile {
  readonly file: string;
  readonly error: string;
}

/** The result of an evaluation. */
export interface Evaluation {
  readonly request: EvaluationRequest;
  /** The input and output metadata of each network. */
  readonly metadata: readonly ModelMetadata[];
  /** The side of the networks' input, in pixels. */
  readonly sizes: readonly number[];
  readonly backends: readonly BackendDescription[];
  readonly summary: Summary | LabelSummary;
  /** The number of images and folders that couldn't be read. */
  readonly failed: number;
  /** The error of each of them. */
  readonly errors: readonly FailedFile[];
  /** For all models and all crops of an image. */
  readonly multiplyAdds: number;
  /** The memory of all models together, in bytes. */
  readonly memory: number;
  /** From file to answer; `null` if all results came from an earlier run. */
  readonly imagesPerSecond: number | null;
  /** The median time that the networks took per image, in ms. */
  readonly inference: number;
}

/**
 * @throws {ArgumentError} When the models or images don't match, or no image can be read.
 */
export async function runEvaluation(
  io: Terminal,
  request: EvaluationRequest,
): Promise<Evaluation> {
  const { folder, crops, reading, resume } = request;
  const classifiers: Classifier[] = [];
  using _classifiers = {
    [Symbol.dispose]: () => classifiers.forEach((it) => it[Symbol.dispose]()),
  };
  for (const model of request.models) {
    const values = { ...request.options, model };
    const loading = loadModel(io, values, request.oneAtATime ? 1 : 2);
    classifiers.push(await loading.model);
  }
  const predictor = ensemble(
    classifiers.map((it) => withCrops(it, crops, reading)),
  );
  const { labels, activation } = predictor;
  assertFits(request, predictor);
  const named = request.options.labels;
  const { classIds } = named === undefined
    ? classifiers[0]!
    : await readLabels(named);
  const ids = await findClassIds(
    request.classes,
    request.models[0]!,
    labels.length,
    classIds,
  );
  const { files, problems, passedOver } = await findLabelledFiles(
    folder,
    {
      labels,
      names: classNames(labels, ids),
      least: activation === "sigmoid" ? 0 : 1,
    },
    request.list,
  );
  for (const { path, reason } of problems) io.tellProblem(path, reason);
  using results = resume === undefined ? null : await openResultsFile(resume, {
    ...await modelConditions(request.models, classifiers),
    crops,
    activation,
    // Failed images aren't recorded, so other limits make no difference.
    allowTruncated: reading.allowTruncated,
  });

  using _listening = results === null ? null : exitOnInterrupt(io);

  const { answered, failures, imagesPerSecond } = await answerAll(
    io,
    predictor,
    files,
    results,
  );
  passedOver.tell(io);
  if (answered.length === 0) {
    throw new ArgumentError(
      `Cannot evaluate on ${folder} as none of its ${files.length} images can be read`,
    );
  }
  const errors = [
    ...problems.map(({ path, reason }) => ({ file: path, error: reason })),
    ...failures,
  ];
  return {
    request,
    metadata: classifiers.map(({ metadata }) => metadata),
    sizes: classifiers.map(({ size }) => size),
    backends: classifiers.map(describeBackend),
    summary: activation === "sigmoid"
      ? summarizeLabels(labels, answered, request.threshold)
      : summarize(labels, answered),
    imagesPerSecond,
    failed: errors.length,
    errors,
    multiplyAdds: crops * sum(classifiers.map(answerCost)),
    memory: sum(classifiers.map(({ memory }) => memory)),
    inference: median(answered.map(({ inference }) => inference)),
  };
}

/** @throws {ArgumentError} When the request doesn't suit the model's activation. */
function assertFits(
  { threshold, isDrawn }: EvaluationRequest,
  { activation }: Predictor,
): void {
  const problem = activation === "sigmoid"
    ? isDrawn &&
      "draw a confusion matrix as the model has a sigmoid: an image may have several labels"
    : threshold !== undefined &&
      "use --threshold as the likeliest class is the answer: it is for a model with a sigmoid";
  if (problem) throw new ArgumentError(`Cannot ${problem}`);
}

/** The recorded answers, and new answers for all other files. */
async function answerAll(
  io: Terminal,
  predictor: Predictor,
  files: readonly LabelledFile[],
  results: ResultsFile | null,
) {
  const images = [];
  for (const file of files) {
    const { path } = file;
    const version = results === null ? undefined : await versionOf(path);
    images.push({
      ...file,
      label: file.classes,
      version,
      read: () => readBytes(path, io.streams),
    });
  }
  const { answered, left, outdated } = separateKept(
    images,
    results?.kept ?? new Map(),
  );
  if (outdated > 0) {
    io.tellNote(
      `${
        counted(outdated, "result")
      } not used, as the photo was changed since or nothing says that it wasn't: run again`,
    );
  }
  const byName = new Map(left.map((it) => [it.name, it]));
  const failures: FailedFile[] = [];
  const start = performance.now();
  using progress = showRemaining(io, answered.length);
  for await (const result of evaluate(predictor, left)) {
    const { path, version } = byName.get(result.name)!;
    if ("error" in result) {
      progress.clear();
      io.tellProblem(path, result.error);
      const error = problemOf(path, result.error);
      failures.push({ file: path, error });
    } else {
      results?.add({ ...result, version });
      answered.push(result);
    }
    progress.update(answered.length + failures.length, files.length);
  }
  const seconds = (performance.now() - start) / 1000;
  const done = left.length - failures.length;
  return {
    answered,
    failures,
    imagesPerSecond: done > 0 ? done / seconds : null,
  };
}

/** Multiply-adds per answer, without the auxiliary classifier. */
function answerCost({ graph }: Classifier): number {
  const { features, probabilities } = graph.outputs;
  const nodes = nodesFor(graph, probabilities!);
  return cost({ ...graph, nodes, outputs: { features } }).multiplyAdds;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, it) => total + it, 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
