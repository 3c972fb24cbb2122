/**
 * A request's way through the model: it is let in, its body is read, it gets a place
 * in the queue, its images wait for their turns and run.
 *
 * @module
 */
import type { RunOptions, Timings } from "../classification.ts";
import { abortable } from "../async/abort.ts";
import { Admission } from "./admission.ts";
import type { Result } from "./answer.ts";
import { BodyMemory, bodyTooSlow } from "./body_memory.ts";
import { withDeadline } from "./deadline.ts";
import {
  noImage,
  type Upload,
  type UploadedImage,
  uploadOf,
} from "./images.ts";
import type { Model } from "./model.ts";
import type { Limits } from "./options.ts";
import { Problem, problemOf } from "./problem.ts";
import type { ServedClassifier } from "./served_classifier.ts";
import { FairQueue } from "./fair_queue.ts";

/** What is asked of images. */
export type Question =
  | { readonly output: "classes"; readonly top: number | undefined }
  | { readonly output: "features" };

/** What became of a request's images. */
export interface Outcome {
  /** In their order. */
  readonly results: readonly NamedResult[];
  /** Whether they came in a form. */
  readonly isForm: boolean;
  /** Of each that was answered. */
  readonly timings: readonly Timings[];
}

/** A result with the image's name in its form. */
export type NamedResult = Result & Pick<UploadedImage, "name">;

/** How far a request is. */
interface Progress {
  /** One that had to wait for its turn stays `"waiting"` while it runs. */
  stage: "loading" | "receiving" | "waiting" | "running";
  readonly client: string;
  /** By when there must be an answer. */
  readonly end: number;
  readonly onBytes: (count: number) => void;
}

/** What all bodies may take in memory, in bodies of the largest size. */
const BODIES_IN_MEMORY = 4;

/** Answers questions about the images of requests. */
export class Inference {
  readonly admission: Admission = new Admission();
  readonly #model: Model;
  readonly #limits: Limits;
  readonly #memory: BodyMemory;
  #queue: FairQueue | undefined;

  /** Answers by `model`, within `limits`. */
  constructor(model: Model, limits: Limits) {
    this.#model = model;
    this.#limits = limits;
    this.#memory = new BodyMemory(BODIES_IN_MEMORY * limits.maxBodyBytes);
  }

  /**
   * Answers one about the images of a request. A form's answer has the problem of an
   * image in its place, unless there is nothing else in it.
   *
   * @param client Who asks.
   * @param onBytes Called with the number of bytes of each part of the body.
   * @throws {Problem} When there is no answer.
   * @throws {HangUp} When the client hung up.
   */
  async answer(
    request: Request,
    client: string,
    question: Question,
    onBytes: (count: number) => void,
  ): Promise<Outcome> {
    const upload = uploadOf(request, this.#limits);
    const { deadline } = this.#limits;
    const end = performance.now() + deadline;
    const progress: Progress = { stage: "loading", client, end, onBytes };
    return await withDeadline(
      request.signal,
      deadline,
      () => this.#lateFor(progress.stage),
      (signal) => this.#visit(request, upload, question, progress, signal),
    );
  }

  async #visit(
    request: Request,
    { isForm, imagesIn }: Upload,
    question: Question,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { queue, deadline, maxBodyBytes, maxPixels, maxBufferedPixels } =
      this.#limits;
    const { admission } = this;
    const concurrency = this.#concurrency;
    const capacity = concurrency + queue;
    const { client } = progress;
    return await admission.visit(concurrency, async () => {
      // Who would be refused needn't send anything.
      admission.assertPlace(client, capacity, concurrency, deadline);
      const classifier = await abortable(this.#model.load(), signal);
      assertOutput(classifier, question);
      const { body } = request;
      if (body === null) throw noImage();
      progress.stage = "receiving";
      return await this.#memory.hold(
        body,
        maxBodyBytes,
        signal,
        progress.onBytes,
        (bytes) => {
          progress.stage = "waiting";
          const images = imagesIn(bytes);
          const timings: Timings[] = [];
          const options = {
            maxPixels,
            maxBufferedPixels,
            signal,
            onTimings: (it: Timings) => void timings.push(it),
          };
          const patience = progress.end - performance.now();
          return admission.enter(
            client,
            capacity,
            concurrency,
            patience,
            async (run, leave) => {
              const outcomes = await this.#inTurns(
                images,
                progress,
                AbortSignal.any([signal, leave]),
                (image) => run(() => ask(classifier, image, question, options)),
              );
              const results = resultsOf(images, outcomes, this.#limits);
              return { results, isForm, timings };
            },
          );
        },
      );
    });
  }

  /** Does `action` with all images, none of which runs on when another fails. */
  #inTurns(
    images: readonly UploadedImage[],
    progress: Progress,
    signal: AbortSignal,
    action: (image: UploadedImage) => Promise<Result>,
  ): Promise<PromiseSettledResult<Result>[]> {
    const { admission } = this;
    const queue = this.#queue ??= new FairQueue(
      this.#concurrency,
      () => admission.pace,
    );
    const isLate = () => performance.now() + admission.pace > progress.end;
    return Promise.allSettled(
      images.map((image) =>
        queue.use(signal, progress.client, (waited) => {
          // To begin what can't be done in time is time lost for all.
          if (waited && isLate()) {
            throw admission.refusal("overloaded", this.#concurrency);
          }
          if (!waited) progress.stage = "running";
          return action(image);
        })
      ),
    );
  }

  /** What to say of a request that is too late at a stage of its way. */
  #lateFor(stage: Progress["stage"]): Problem {
    switch (stage) {
      case "receiving":
        return bodyTooSlow();
      case "waiting":
        return this.admission.refusal("overloaded", this.#concurrency);
      default:
        return late();
    }
  }

  get #concurrency(): number {
    return this.#model.loaded?.concurrency ?? 1;
  }
}

async function ask(
  classifier: ServedClassifier,
  { bytes }: UploadedImage,
  question: Question,
  options: RunOptions,
): Promise<Result> {
  if (question.output === "features") {
    return { features: [...await classifier.features(bytes, options)] };
  }
  const { top } = question;
  return { classes: await classifier.classify(bytes, { ...options, top }) };
}

function resultsOf(
  images: readonly UploadedImage[],
  outcomes: readonly PromiseSettledResult<Result>[],
  limits: Limits,
): NamedResult[] {
  const problems: Problem[] = [];
  const results = outcomes.map((outcome, i): NamedResult => {
    const { name } = images[i]!;
    if (outcome.status === "fulfilled") return { name, ...outcome.value };
    const problem = problemOf(outcome.reason, limits);
    problems.push(problem);
    return { name, problem: problem.details };
  });
  const fault = problems.find(({ status }) => status >= 500) ??
    (problems.length === images.length ? problems[0] : undefined);
  if (fault) throw fault;
  return results;
}

/** @throws {Problem} When the model can't answer such a question. */
function assertOutput(
  { labels }: ServedClassifier,
  { output }: Question,
): void {
  if (output === "features" || labels.length > 0) return;
  throw new Problem(
    404,
    "no-classes",
    "The model has no classes: ask /features",
  );
}

/** The server takes too long by itself. */
export function late(): Problem {
  return new Problem(504, "deadline", "There is no answer in time");
}
