/**
 * The class activation map (arXiv 1512.04150). Features are means over a grid, and a
 * logit is a weighted sum of features: so it is the mean over the grid of that sum at
 * each cell.
 *
 * @param activations `[cells, channels]`.
 * @param gradient Of the class's logit by each feature: the weights of a linear
 * classifier.
 * @returns One value a cell.
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

/**
 * The mean of each channel over the cells: the features.
 *
 * @param activations `[cells, channels]`.
 */
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
