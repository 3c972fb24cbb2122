import type { Classifier } from "../classifier.ts";
import { drawPattern } from "../search/test_pattern.ts";
import { asBytes } from "../io/bytes.ts";
import { webSha256 } from "../weights/store/sha256.ts";

/**
 * The SHA-256 of what a model answers for the test pattern, to the bit: its features, and
 * for a classifier the probabilities or, if it gives none, the logits, as f32. All machines
 * that compute as they should have the same.
 */
export async function probeModel(
  classifier: Classifier,
  signal?: AbortSignal,
): Promise<string> {
  const { size, metadata } = classifier;
  const pattern = drawPattern(size);
  const options = { crop: { kind: "squash" }, signal } as const;
  const hash = webSha256();
  hash.update(asBytes(await classifier.features(pattern, options)));
  const { value: activation } = metadata.activation;
  if (activation !== null) {
    const answer = activation === "none" ? "logits" : "probabilities";
    hash.update(asBytes(await classifier[answer](pattern, options)));
  }
  return await hash.digest();
}
