/**
 * The class activation map (arXiv 1512.04150): each cell's contribution to a class's
 * logit. With a linear classifier, the logit minus its bias is the mean of the map,
 * whatever the pooling.
 *
 * @module
 */
import type { Pooling } from "../model/inception_options.ts";

/** The pooling of a network's last activations, `[cells, channels]`, to its features. */
export interface PooledCells {
  readonly features: Float32Array;
  /**
   * Computes a class's map, one value per cell.
   *
   * @param gradient The gradient of the class's logit with respect to the features.
   */
  mapOf(gradient: Float32Array): Float32Array;
}

/** Pools activations, `[cells, channels]`. */
export function poolCells(
  activations: Float32Array,
  channels: number,
  pooling: Pooling,
): PooledCells {
  const cells = activations.length / channels;
  switch (pooling) {
    case "mean": {
      const features = new Float32Array(channels);
      for (let at = 0; at < activations.length; at++) {
        features[at % channels]! += activations[at]! / cells;
      }
      return {
        features,
        mapOf: (gradient) =>
          sumCells(
            activations,
            channels,
            (at) => gradient[at % channels]!,
          ),
      };
    }
    case "max": {
      const places = highestPlaces(activations, channels);
      return {
        features: Float32Array.from(places, (at) => activations[at]!),
        // Multiplied by `cells`: a feature comes from one cell, but the mean is over all
        // of them.
        mapOf: (gradient) =>
          sumCells(
            activations,
            channels,
            (at) =>
              places[at % channels] === at
                ? gradient[at % channels]! * cells
                : 0,
          ),
      };
    }
    case "flatten":
      return {
        features: activations,
        mapOf: (gradient) =>
          sumCells(activations, channels, (at) => gradient[at]! * cells),
      };
  }
}

/** The weighted sum of each cell's activations. */
function sumCells(
  activations: Float32Array,
  channels: number,
  weight: (at: number) => number,
): Float32Array {
  const map = new Float32Array(activations.length / channels);
  for (let cell = 0, at = 0; cell < map.length; cell++) {
    for (let channel = 0; channel < channels; channel++, at++) {
      map[cell]! += activations[at]! * weight(at);
    }
  }
  return map;
}

/** The index of the highest activation of each channel; the first one of a tie. */
function highestPlaces(
  activations: Float32Array,
  channels: number,
): Uint32Array {
  const places = Uint32Array.from(
    { length: channels },
    (_, channel) => channel,
  );
  for (let at = channels; at < activations.length; at++) {
    const channel = at % channels;
    if (activations[at]! > activations[places[channel]!]!) places[channel] = at;
  }
  return places;
}
