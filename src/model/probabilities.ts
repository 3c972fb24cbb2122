/**
 * Converts logits to probabilities that add up to one.
 *
 * Computed in f64, as in the WASM engine. WGSL has no f64, so it isn't computed on the
 * GPU.
 */
export function softmax(logits: Float32Array): Float32Array {
  const most = Math.max(...logits);
  const powers = logits.map((it) => Math.exp(it - most));
  const sum = powers.reduce((sum, it) => sum + it, 0);
  return powers.map((it) => it / sum);
}

/** Converts each logit to an independent probability, in f64 like {@linkcode softmax}. */
export function sigmoid(logits: Float32Array): Float32Array {
  return logits.map((logit) => {
    const power = Math.exp(-Math.abs(logit));
    return (logit < 0 ? power : 1) / (1 + power);
  });
}
