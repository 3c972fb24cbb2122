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
  /** One per answered image. */
  readonly timings: readonly Timings[];
}

/** A result with its image's name in the form. */
type NamedResult = Result & Pick<UploadedImage, "name">;

/** A request in progress. */
interface Visit {
  /** Stays `"waiting"` while running if the request had to wait for its turn. */
  stage: "loading" | "receiving" | "waiting" | "running";
  readonly client: string;
  readonly question: Question;
  /** The time of the deadline. */
  readonly end: number;
  readonly signal: AbortSignal;
}

/** The minimum number of bodies that fit in memory at once. */
const LEAST_BODIES = 4;

/** The memory for each body, in bytes. Few photos are larger. */
const ROOM_BYTES = 2 ** 24;

/**
 * Processes requests: each is admitted, its body is received, it gets a place in the
 * queue, and its images wait for their turns and run.
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
   * Runs the images of a request. In a form's response, a failed image has its problem in
   * place of a result, unless all fail.
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
    { body, headers }: Request,
    { isForm, imagesIn }: Upload,
    visit: Visit,
    onBytes: (count: number) => void,
  ): Promise<Outcome> {
    const { deadline, maxBodyBytes } = this.#limits;
    const { client, question, signal } = visit;
    // Check first, so that a request that would be refused needn't send its body.
    this.admission.assertPlace(client, deadline);
    const classifier = await abortable(this.#classifier.load(), signal);
    assertAnswers(classifier, question);
    if (body === null) throw noImage();
    visit.stage = "receiving";
    const expected = Number(headers.get("Content-Length")) || 0;
    const options = { limit: maxBodyBytes, expected, signal, onBytes };
    return await this.#memory.hold(body, options, async (bytes) => {
      visit.stage = "waiting";
      const images = imagesIn(bytes);
      return { isForm, ...await this.#run(classifier, images, visit) };
    });
  }

  /** Waits for a place, then runs all images. */
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
        // Even if one fails, wait for the others.
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
      // An image that can't finish in time would waste the time of others.
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

/** The problem when the server itself is too slow. */
export function late(): Problem {
  return new Problem(504, "deadline", "There is no answer in time");
}
