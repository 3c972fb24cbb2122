/**
 * The class activation map (arXiv 1512.04150): the weighted sum of each cell's
 * activations. Features are means over the grid, so a linear classifier's logit, less its
 * bias, is the mean of the map.
 *
 * @param activations `[cells, channels]`.
 * @param gradient Of the class's logit by each feature.
 */
export function classActivationMap(
  activations: Float32Array,
  gradient: Float32Array,
): Float32Array {
  const channels = gradient.length;
  const map = new Float32Array(activations.length / channels);
  for (let cell = 0, at = 0; cell < map.length; cell++) {
    for (let channel = 0; channel < channels; channel++) {
      map[cell]! += activations[at++]! * gradient[channel]!;
    }
  }
  return map;
}

/** The features: the means of activations, `[cells, channels]`, over the cells. */
export function poolCells(
  activations: Float32Array,
  channels: number,
): Float32Array {
  const cells = activations.length / channels;
  const features = new Float32Array(channels);
  for (let at = 0; at < activations.length; at++) {
    features[at % channels]! += activations[at]! / cells;
  }
  return features;
}
