import { cosine } from "../../tests/cosine.ts";
import type { Answer } from "./measure.ts";

/** How far answers are from others, at most over all photos. */
export interface Distance {
  /** Of the probability of a class. */
  readonly probability: number;
  /** 1 less the cosine between features. */
  readonly features: number;
}

/** @param reference Of the same photos, or more of them. */
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
