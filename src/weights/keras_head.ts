import { CorruptWeightsError } from "../errors.ts";
import {
  activationNamed,
  activationOf,
  inputOf,
  type KerasLayer,
  type KerasModel,
  layerNamed,
  numericSetting,
  skipIdentities,
} from "./keras_topology.ts";
import { MAX_HIDDEN } from "./limits.ts";

/** The layers between the last grid of activations and the probabilities. */
export interface KerasHead {
  /** 0 if the model ends before the classifier. */
  readonly classes: number;
  readonly hiddenUnits: readonly number[];
  /** From the features to the logits. */
  readonly dense: readonly KerasLayer[];
  /** The layer of the features; without classes, perhaps the grid. */
  readonly below: KerasLayer;
}

/** Reads the head, from the model's output backwards. */
export function readKerasHead(model: KerasModel): KerasHead {
  const dense: KerasLayer[] = [];
  let layer = skipIdentities(model, layerNamed(model, model.output));
  let activation = activationOf(layer);
  if (activation !== null) layer = inputOf(model, layer);
  let expected = "softmax";
  const seen = new Set<KerasLayer>();
  while (true) {
    layer = skipIdentities(model, layer);
    if (layer.className === "Flatten") layer = inputOf(model, layer);
    if (layer.className !== "Dense" || seen.has(layer)) break;
    if (seen.size > MAX_HIDDEN) {
      throw new CorruptWeightsError(
        `Cannot import the Keras model as it must have <= ${MAX_HIDDEN} dense layers before the last: it has more`,
      );
    }
    seen.add(layer);
    const own = activationNamed(layer, layer.config.activation ?? "linear");
    const found = activation === null
      ? own
      : own === "linear"
      ? activation
      : `${own}, then ${activation}`;
    if (found !== expected) {
      throw new CorruptWeightsError(
        `Cannot import the Keras layer "${layer.name}" as its activation must be ${expected}: it is ${found}`,
      );
    }
    dense.unshift(layer);
    expected = "relu";
    layer = skipIdentities(model, inputOf(model, layer));
    activation = activationOf(layer);
    if (activation !== null) layer = inputOf(model, layer);
  }
  const units = dense.map(unitCount);
  const classes = units.pop() ?? 0;
  if (activation !== null) {
    throw new CorruptWeightsError(
      `Cannot import the Keras model as the activation ${activation} must follow a dense layer: it follows "${layer.name}" (${layer.className})`,
    );
  }
  return { classes, hiddenUnits: units, dense, below: layer };
}

function unitCount(dense: KerasLayer): number {
  const units = numericSetting(dense, "units");
  if (Number.isSafeInteger(units) && units >= 1) return units;
  throw new CorruptWeightsError(
    `Cannot import the Keras layer "${dense.name}" as its units must be a whole number >= 1: there are ${units}`,
  );
}
