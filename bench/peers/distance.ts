import { cosine } from "../../tests/cosine.ts";
import type { Answer } from "./measure.ts";

/** The distance between answers and reference answers: the maximum over all photos. */
export interface Distance {
  /** The largest difference of a class's probability. */
  readonly probability: number;
  /** 1 minus the cosine of the features. */
  readonly features: number;
}

/** @param reference Answers to the same photos, or to more. */
export function distance(
  answers: readonly Answer[],
  reference: readonly Answer[],
): Distance {
  const most = (of: (a: Answer, b: Answer) => number) =>
    Math.max(...answers.map((it, i) => of(it, reference[i]!)));
  return {
    probability: most((a, b) =>
      Math.max(
        ...a.probabilities.map((it, i) => Math.abs(it - b.probabilities[i]!)),
      )
    ),
    features: most((a, b) => 1 - cosine(a.features, b.features)),
  };
}
