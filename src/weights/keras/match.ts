import type { ImportedModel } from "../foreign/imported.ts";
import { matchInceptionV3 } from "../foreign/match.ts";
import { kerasGraph } from "./graph.ts";
import { KERAS_PREPROCESSING } from "./preprocessing.ts";
import type { FindTensor } from "./variables.ts";

/**
 * Finds Inception-v3 in a Keras model by its wiring.
 *
 * @param json Its configuration: `{ class_name, config }`.
 * @throws {CorruptWeightsError} When it isn't one; the text names the layer.
 */
export function matchKeras(json: unknown, find: FindTensor): ImportedModel {
  const { graph, geometry, takesBytes } = kerasGraph(json, find);
  const { crop, resize } = KERAS_PREPROCESSING;
  const { pixels, ...model } = matchInceptionV3(graph, { crop, resize });
  return {
    ...model,
    // Otherwise they are in what is usual, and said to be assumed.
    ...takesBytes && { pixels },
    ...Object.keys(geometry).length > 0 && { geometry },
  };
}
