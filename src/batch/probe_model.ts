import type { Classifier } from "../classifier.ts";
import { drawPattern } from "../search/test_pattern.ts";
import { asBytes } from "../io/bytes.ts";
import { webSha256 } from "../weights/store/sha256.ts";

/**
 * The SHA-256 over everything that makes up a model's answers: its labels, and for the
 * test pattern its features and its probabilities (or logits, without an activation), as
 * f32. It is the same on every machine that computes correctly.
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
  hash.update(new TextEncoder().encode(JSON.stringify(classifier.labels)));
  return await hash.digest();
}
