/**
 * A request's way through the model: it is let in, its body is read, its images
 * wait for their turns and run.
 *
 * @module
 */
import type { Classifier, RunOptions, Timings } from "../classifier.ts";
import { Admission, type Run } from "./admission.ts";
import type { Result } from "./answer.ts";
import { BodyMemory } from "./body_memory.ts";
import { late, tooSlow, withDeadline } from "./deadline.ts";
import { type UploadedImage, uploadOf } from "./images.ts";
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
    const { body, isForm, imagesIn } = uploadOf(request, this.#limits);
    const { deadline, maxBodyBytes, queue } = this.#limits;
    const atOnce = this.#model.loaded?.atOnce ?? 1;
    let receiving = false;
    return await withDeadline(
      request.signal,
      deadline,
      () => receiving ? tooSlow() : late(),
      (signal) =>
        this.admission.enter(atOnce + queue, atOnce, async (run) => {
          const classifier = await this.#model.load();
          expectOutput(classifier, question);
          receiving = true;
          return await this.#memory.hold(
            body,
            maxBodyBytes,
            signal,
            onBytes,
            async (bytes) => {
              receiving = false;
              const images = imagesIn(bytes);
              const timings: Timings[] = [];
              // All are waited for: none runs on unnoticed when another fails.
              const results = await Promise.allSettled(
                images.map((image) =>
                  this.#ask(classifier, image, question, run, {
                    maxPixels: this.#limits.maxPixels,
                    signal,
                    onTimings: (it) => timings.push(it),
                  })
                ),
              );
              return {
                results: this.#resultsOf(images, results),
                isForm,
                timings,
              };
            },
          );
        }),
    );
  }

  async #ask(
    classifier: Classifier,
    { bytes }: UploadedImage,
    question: Question,
    run: Run,
    options: RunOptions & { readonly signal: AbortSignal },
  ): Promise<Result> {
    this.#turns ??= new Turns(classifier.atOnce);
    return await this.#turns.use(options.signal, () =>
      run(async () => {
        if (question.output === "features") {
          return { features: [...await classifier.features(bytes, options)] };
        }
        const { top } = question;
        return {
          classes: await classifier.classify(bytes, { ...options, top }),
        };
      }));
  }

  #resultsOf(
    images: readonly UploadedImage[],
    outcomes: readonly PromiseSettledResult<Result>[],
  ): NamedResult[] {
    const problems: Problem[] = [];
    const results = outcomes.map((outcome, i): NamedResult => {
      const { name } = images[i]!;
      if (outcome.status === "fulfilled") return { name, ...outcome.value };
      const problem = problemOf(outcome.reason, this.#limits.maxPixels);
      problems.push(problem);
      return { name, problem: problem.details };
    });
    const fault = problems.find(({ status }) => status >= 500) ??
      (problems.length === images.length ? problems[0] : undefined);
    if (fault) throw fault;
    return results;
  }
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
