/**
 * A request's way through the model: it is let in, its body is read, its images
 * wait for their turns and run.
 *
 * @module
 */
import type { Classifier, RunOptions, Timings } from "../classifier.ts";
import { Admission } from "./admission.ts";
import type { Result } from "./answer.ts";
import { BodyMemory } from "./body_memory.ts";
import { orAborted, withDeadline } from "./deadline.ts";
import {
  noImage,
  type Upload,
  type UploadedImage,
  uploadOf,
} from "./images.ts";
import type { Model } from "./model.ts";
import type { Limits } from "./options.ts";
import { Problem, problemOf } from "./problem.ts";
import { Turns } from "./turns.ts";

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
  stage: "loading" | "receiving" | "waiting" | "running";
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
  #turns: Turns | undefined;

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
   * @param onBytes Called with the number of bytes of each part of the body.
   * @throws {Problem} When there is no answer.
   * @throws {HangUp} When the client hung up.
   */
  async answer(
    request: Request,
    question: Question,
    onBytes: (count: number) => void,
  ): Promise<Outcome> {
    const upload = uploadOf(request, this.#limits);
    const progress: Progress = { stage: "loading", onBytes };
    return await withDeadline(
      request.signal,
      this.#limits.deadline,
      () => lateFor(progress.stage),
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
    const { queue, maxBodyBytes, maxPixels, maxWholePixels } = this.#limits;
    const atOnce = this.#model.loaded?.atOnce ?? 1;
    return await this.admission.enter(atOnce + queue, atOnce, async (run) => {
      const classifier = await orAborted(this.#model.load(), signal);
      expectOutput(classifier, question);
      const { body } = request;
      if (body === null) throw noImage();
      progress.stage = "receiving";
      return await this.#memory.hold(
        body,
        maxBodyBytes,
        signal,
        progress.onBytes,
        async (bytes) => {
          progress.stage = "waiting";
          const images = imagesIn(bytes);
          const timings: Timings[] = [];
          const options = {
            maxPixels,
            maxWholePixels,
            signal,
            onTimings: (it: Timings) => void timings.push(it),
          };
          const turns = this.#turns ??= new Turns(classifier.atOnce);
          // All are waited for: none runs on unnoticed when another fails.
          const results = await Promise.allSettled(
            images.map((image) =>
              turns.use(signal, () => {
                progress.stage = "running";
                return run(() => ask(classifier, image, question, options));
              })
            ),
          );
          return {
            results: resultsOf(images, results, this.#limits),
            isForm,
            timings,
          };
        },
      );
    });
  }
}

async function ask(
  classifier: Classifier,
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
function expectOutput({ labels }: Classifier, { output }: Question): void {
  if (output === "features" || labels.length > 0) return;
  throw new Problem(
    404,
    "no-classes",
    "The model has no classes: ask /features",
  );
}

/** What to say of a request that is too late at a stage of its way. */
function lateFor(stage: Progress["stage"]): Problem {
  switch (stage) {
    case "receiving":
      return new Problem(408, "body-too-slow", "The body didn't come in time");
    case "waiting":
      return new Problem(
        503,
        "overloaded",
        "The server has too much to do to answer in time",
        { "Retry-After": "1" },
      );
    default:
      return late();
  }
}

/** The server takes too long by itself. */
export function late(): Problem {
  return new Problem(504, "deadline", "There is no answer in time");
}
