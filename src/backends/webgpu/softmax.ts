/**
 * Logits to probabilities that add up to one.
 *
 * It is computed here rather than on the GPU: in f64, like the WASM engine's, which
 * WGSL doesn't have, and in no time.
 */
export function softmax(logits: Float32Array): Float32Array {
  const most = Math.max(...logits);
  const powers = logits.map((it) => Math.exp(it - most));
  const sum = powers.reduce((sum, it) => sum + it, 0);
  return powers.map((it) => it / sum);
}
