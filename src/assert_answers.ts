import { ArgumentError } from "./errors.ts";
import type { ModelMetadata } from "./model/mod.ts";

/** The kind of a model's answers. */
interface Answering {
  readonly labels: readonly string[];
  readonly metadata: ModelMetadata;
}

/** @throws {ArgumentError} When the model has no classes. */
export function assertClasses({ labels }: Answering): void {
  if (labels.length > 0) return;
  throw new ArgumentError(
    "Cannot classify as the model has no classes: features() works",
  );
}

/** @throws {ArgumentError} When the model has no classes, or returns logits. */
export function assertProbabilities(model: Answering): void {
  assertClasses(model);
  if (model.metadata.activation.value !== "none") return;
  throw new ArgumentError(
    "Cannot classify as the model gives logits, not probabilities: logits() works, and so does loading it with --activation softmax or sigmoid, or { activation }, as it was trained",
  );
}
