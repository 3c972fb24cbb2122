import { abortable } from "../async/abort.ts";
import type { Timings } from "../classification.ts";
import { Admission } from "./admission.ts";
import { BodyMemory, bodyTooSlow } from "./body_memory.ts";
import { withDeadline } from "./deadline.ts";
import { FairQueue } from "./fair_queue.ts";
import type { LazyClassifier } from "./lazy_classifier.ts";
import type { Limits, ServedClassifier } from "./options.ts";
import { Problem, toProblem } from "./problem.ts";
import { answerQuestion, assertAnswers, type Question } from "./question.ts";
import type { Result } from "./responses.ts";
import {
  noImage,
  parseUpload,
  type Upload,
  type UploadedImage,
} from "./upload.ts";

/** The answer to a request. */
interface Outcome {
  /** In the order of the images. */
  readonly results: readonly NamedResult[];
  readonly isForm: boolean;
  /** Of each image that was answered. */
  readonly timings: readonly Timings[];
}

/** A result with the image's name in its form. */
type NamedResult = Result & Pick<UploadedImage, "name">;

/** A request on its way. */
interface Visit {
  /** One that had to wait for its turn stays `"waiting"` while it runs. */
  stage: "loading" | "receiving" | "waiting" | "running";
  readonly client: string;
  readonly question: Question;
  /** When the deadline is over. */
  readonly end: number;
  readonly signal: AbortSignal;
}

/** The fewest bodies that there is room for at once. */
const LEAST_BODIES = 4;

/** The room for each, in bytes: few photos have more. */
const ROOM_BYTES = 2 ** 24;

/**
 * The way of a request through the model: it is admitted, its body is received, it gets
 * a place in the queue, its images wait for their turns and run.
 */
export class Inference {
  readonly admission: Admission;
  readonly #classifier: LazyClassifier;
  readonly #limits: Limits;
  readonly #memory: BodyMemory;
  #queue: FairQueue | undefined;

  constructor(classifier: LazyClassifier, limits: Limits) {
    this.#classifier = classifier;
    this.#limits = limits;
    this.#memory = new BodyMemory(() =>
      limits.maxBodyMemory ??
        Math.max(LEAST_BODIES, this.#concurrency) *
          Math.min(limits.maxBodyBytes, ROOM_BYTES)
    );
    this.admission = new Admission(limits.queue, () => this.#concurrency);
  }

  /**
   * Answers a question about the images of a request. In the answer to a form, an image
   * that fails has its problem in its place, unless all fail.
   *
   * @throws {Problem} When there is no answer.
   * @throws {HangUp} When the client hung up.
   */
  async answer(
    request: Request,
    client: string,
    question: Question,
    onBytes: (count: number) => void,
  ): Promise<Outcome> {
    const upload = parseUpload(request, this.#limits);
    const { deadline } = this.#limits;
    const end = performance.now() + deadline;
    let visit: Visit;
    return await withDeadline(
      request.signal,
      deadline,
      () => this.#late(visit.stage),
      (signal) => {
        visit = { stage: "loading", client, question, end, signal };
        return this.admission.visit(() =>
          this.#receive(request, upload, visit, onBytes)
        );
      },
    );
  }

  async #receive(
    { body }: Request,
    { isForm, imagesIn }: Upload,
    visit: Visit,
    onBytes: (count: number) => void,
  ): Promise<Outcome> {
    const { deadline, maxBodyBytes } = this.#limits;
    const { client, question, signal } = visit;
    // A request that would be refused needn't send its body.
    this.admission.assertPlace(client, deadline);
    const classifier = await abortable(this.#classifier.load(), signal);
    assertAnswers(classifier, question);
    if (body === null) throw noImage();
    visit.stage = "receiving";
    const options = { limit: maxBodyBytes, signal, onBytes };
    return await this.#memory.hold(body, options, async (bytes) => {
      visit.stage = "waiting";
      const images = imagesIn(bytes);
      return { isForm, ...await this.#run(classifier, images, visit) };
    });
  }

  /** Waits for a place, and runs all images in it. */
  #run(
    classifier: ServedClassifier,
    images: readonly UploadedImage[],
    visit: Visit,
  ): Promise<Omit<Outcome, "isForm">> {
    const { maxPixels, maxMemory } = this.#limits;
    const { client, question, end } = visit;
    const timings: Timings[] = [];
    const options = {
      maxPixels,
      maxMemory,
      signal: visit.signal,
      onTimings: (it: Timings) => void timings.push(it),
    };
    const ask = ({ bytes }: UploadedImage) =>
      answerQuestion(classifier, question, bytes, options);
    return this.admission.enter(
      client,
      end - performance.now(),
      async (run, leave) => {
        const signal = AbortSignal.any([visit.signal, leave]);
        // When one fails, the others are waited for.
        const outcomes = await Promise.allSettled(
          images.map((image) =>
            this.#inTurn(visit, signal, () => run(() => ask(image)))
          ),
        );
        return { results: collect(images, outcomes), timings };
      },
    );
  }

  #inTurn(
    visit: Visit,
    signal: AbortSignal,
    action: () => Promise<Result>,
  ): Promise<Result> {
    const { admission } = this;
    const imageMs = () => admission.imageMs;
    this.#queue ??= new FairQueue(this.#concurrency, imageMs);
    return this.#queue.use(signal, visit.client, (waited) => {
      // An image that can't be done in time takes the time of others for nothing.
      if (waited && performance.now() + imageMs() > visit.end) {
        throw admission.refusal("overloaded");
      }
      if (!waited) visit.stage = "running";
      return action();
    });
  }

  #late(stage: Visit["stage"]): Problem {
    if (stage === "receiving") return bodyTooSlow();
    return stage === "waiting" ? this.admission.refusal("overloaded") : late();
  }

  get #concurrency(): number {
    return this.#classifier.loaded?.concurrency ?? 1;
  }
}

/** @throws {Problem} When all images failed, or the server did. */
function collect(
  images: readonly UploadedImage[],
  outcomes: readonly PromiseSettledResult<Result>[],
): NamedResult[] {
  const problems: Problem[] = [];
  const results = outcomes.map((outcome, i): NamedResult => {
    const { name } = images[i]!;
    if (outcome.status === "fulfilled") return { name, ...outcome.value };
    const problem = toProblem(outcome.reason);
    problems.push(problem);
    return { name, problem: problem.details };
  });
  const fault = problems.find(({ status }) => status >= 500) ??
    (problems.length === images.length ? problems[0] : undefined);
  if (fault) throw fault;
  return results;
}

/** The problem of a server that is late by itself. */
export function late(): Problem {
  return new Problem(504, "deadline", "There is no answer in time");
}
