import { highestLogits, type RunOptions } from "../classification.ts";
import type { ServedClassifier } from "./options.ts";
import { Problem } from "./problem.ts";
import type { Result } from "./responses.ts";

/** What to compute for each image. */
export type Question =
  & {
    /** The number of frames to run per animation; only the first unless given. */
    readonly frames: number | undefined;
  }
  & (
    | {
      readonly output: "classes";
      readonly top: number | undefined;
      readonly threshold: number | undefined;
    }
    | { readonly output: "features" }
  );

/** @throws {Problem} When the model can't answer the question. */
export function assertAnswers(
  classifier: ServedClassifier,
  question: Question,
): void {
  if (question.output === "features") return;
  if (classifier.labels.length === 0) {
    const detail = "The model has no classes: ask /features";
    throw new Problem(404, "no-classes", detail);
  }
  if (question.threshold !== undefined && givesLogits(classifier)) {
    const detail = "The model gives logits, for which there is no threshold";
    throw new Problem(400, "bad-threshold", detail);
  }
}

/** Answers a question about an image. */
export async function answerQuestion(
  classifier: ServedClassifier,
  question: Question,
  bytes: Uint8Array,
  running: RunOptions,
): Promise<Result> {
  const { frames } = question;
  const options = { ...running, frames };
  if (question.output === "features") {
    return { features: [...await classifier.features(bytes, options)] };
  }
  const { top, threshold } = question;
  if (givesLogits(classifier)) {
    const logits = await classifier.logits(bytes, options);
    return { classes: highestLogits(classifier, logits, top) };
  }
  const asked = { ...options, top, threshold };
  return frames !== undefined && classifier.classifyFrames
    ? await classifier.classifyFrames(bytes, asked)
    : { classes: await classifier.classify(bytes, asked) };
}

function givesLogits(
  classifier: ServedClassifier,
): classifier is ServedClassifier & Required<Pick<ServedClassifier, "logits">> {
  return classifier.metadata.activation.value === "none" &&
    classifier.logits !== undefined;
}
