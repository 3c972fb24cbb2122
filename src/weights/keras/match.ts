import type { ImportedModel } from "../foreign/imported.ts";
import { matchAs } from "../foreign/fed.ts";
import { kerasGraph } from "./graph.ts";
import { KERAS_PREPROCESSING } from "./preprocessing.ts";
import type { FindTensor } from "./variables.ts";

/**
 * Finds Inception-v3 in a Keras model by its wiring.
 *
 * @param json Its configuration: `{ class_name, config }`.
 * @throws {CorruptWeightsError} When it isn't one. The message names the layer.
 */
export function matchKeras(json: unknown, find: FindTensor): ImportedModel {
  const { graph, geometry, isFedSure } = kerasGraph(json, find);
  const model = matchAs(graph, KERAS_PREPROCESSING, isFedSure);
  return Object.keys(geometry).length === 0 ? model : { ...model, geometry };
}
