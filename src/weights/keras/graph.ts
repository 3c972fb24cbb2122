/**
 * The graph of a Keras model, with nested models inlined.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { CropAndResize } from "../../model/mod.ts";
import { fedOf } from "../foreign/fed.ts";
import type { ForeignGraph } from "../foreign/graph.ts";
import { asObject } from "../json.ts";
import { likelyFed, resizedImage } from "./image.ts";
import { layerNodes } from "./layers.ts";
import { createNodeList } from "./node_list.ts";
import {
  isModel,
  type KerasLayer,
  type KerasModel,
  MAX_LAYERS,
  parseModel,
} from "./parse_model.ts";
import { KERAS_PREPROCESSING } from "./preprocessing.ts";
import { sortLayers } from "./sort_layers.ts";
import { type FindTensor, type LayerStep, nameOf } from "./variables.ts";

/** A model's graph, and its crop and resize as far as the model has them. */
export interface KerasGraph {
  readonly graph: ForeignGraph;
  readonly geometry: Partial<CropAndResize>;
  /** Whether the input range (`graph.fed`) is certain. */
  readonly isFedSure: boolean;
}

/** Maximum nesting of models. Augmentation and base model are one level deep. */
const MAX_DEPTH = 8;

/** Maximum number of inputs of all layers. Inception-v3 has 340. */
const MAX_READS = 2 * MAX_LAYERS;

/**
 * Builds the graph of a model.
 *
 * @param json Its configuration: `{ class_name, config }`.
 * @throws {CorruptWeightsError} When the configuration is malformed, has two outputs or a
 * layer that is used twice, or when a layer lacks a tensor.
 */
export function kerasGraph(json: unknown, find: FindTensor): KerasGraph {
  const list = createNodeList();
  let layerCount = 0;
  let readCount = 0;

  /**
   * Adds the layers of a model, and returns the key of its result.
   *
   * @param path The models around it and itself, outermost first.
   * @param given The key of its input, unless it is the outermost model.
   */
  const addModel = (
    model: KerasModel,
    path: readonly LayerStep[],
    given: string | undefined,
    training: boolean,
  ): string => {
    layerCount += model.layers.length;
    for (const { reads } of model.layers) readCount += reads.length;
    if (
      layerCount > MAX_LAYERS || readCount > MAX_READS ||
      path.length > MAX_DEPTH
    ) {
      throw new CorruptWeightsError(
        `Cannot import the Keras model as it must have <= ${MAX_LAYERS} layers, nested <= ${MAX_DEPTH} deep, that read <= ${MAX_READS} others: it has more`,
      );
    }
    const steps = stepsOf(model);
    /** The keys of the layers' results. */
    const results = new Map<string, string>();
    let previous = given;
    for (const layer of sortLayers(model)) {
      const own = [...path, steps.get(layer.name)!];
      if (model.isSequential && previous === undefined) {
        previous = list.addInput("the image", imageShape(model, layer));
        if (layer.className === "InputLayer") continue;
      }
      const inputs = model.isSequential
        ? [previous!]
        : layer.reads.map((it) => results.get(it)!);
      const isInput = model.isSequential || layer.name === model.input;
      const key = layer.className === "InputLayer"
        ? addInput(layer, own, isInput ? previous : undefined)
        : addLayer(layer, own, inputs, training);
      results.set(layer.name, key);
      if (model.isSequential) previous = key;
    }
    const output = model.isSequential ? previous : results.get(model.output!);
    if (output !== undefined) return output;
    throw new CorruptWeightsError(
      `Cannot find the Keras layer "${model.output}" that is the output`,
    );
  };

  /** @param given The key of the node that the input layer stands for, if any. */
  const addInput = (
    layer: KerasLayer,
    path: readonly LayerStep[],
    given: string | undefined,
  ): string => {
    const name = nameOf({ layer, path });
    const shape = layer.config.batch_shape ?? layer.config.batch_input_shape;
    if (given !== undefined) {
      list.addInnerInput(given, name, shape);
      return given;
    }
    if (path.length === 1) return list.addInput(name, shape);
    const what = "an input that the model around doesn't give";
    return list.addLayer([{ op: "other", name, what }], "");
  };

  const addLayer = (
    layer: KerasLayer,
    path: readonly LayerStep[],
    inputs: readonly string[],
    inTraining: boolean,
  ): string => {
    const training = inTraining || layer.training;
    const [input = "", ...others] = inputs;
    const isUnary = inputs.length === 1;
    if (isUnary && isModel(layer)) {
      const model = parseModel(layer.className, layer.config);
      return addModel(model, path, input, training);
    }
    const image = isUnary ? list.imageAt(input) : undefined;
    const resized = image && resizedImage(image, layer);
    const place = { layer: { ...layer, training }, path };
    if (resized !== undefined) {
      return list.addImage(nameOf(place), input, resized);
    }
    const isVector = list.isVector(input) && others.length === 0;
    const made = layerNodes({ place, inputs, isVector, find });
    return list.addLayer(made, isUnary ? input : "");
  };

  const { class_name, config } = asObject(json, "model_config");
  const output = addModel(parseModel(class_name, config), [], undefined, false);
  const { nodes, stem } = list.finish();
  const said = fedOf(nodes, KERAS_PREPROCESSING);
  const { fed, isSure } = said === undefined
    ? likelyFed(stem?.factor)
    : { fed: said, isSure: true };
  return {
    graph: { format: "Keras model", noun: "layer", nodes, output, fed },
    geometry: stem?.geometry ?? {},
    isFedSure: isSure,
  };
}

/** The input shape of a `Sequential`, from any of the places where it may be written. */
function imageShape({ config }: KerasModel, first: KerasLayer): unknown {
  return first.config.batch_shape ?? first.config.batch_input_shape ??
    config.build_input_shape;
}

/** The position of each layer among the layers of its class. */
function stepsOf({ layers }: KerasModel): ReadonlyMap<string, LayerStep> {
  const counts = new Map<string, number>();
  for (const { className } of layers) {
    counts.set(className, (counts.get(className) ?? 0) + 1);
  }
  const seen = new Map<string, number>();
  return new Map(layers.map(({ name, className }) => {
    const index = seen.get(className) ?? 0;
    seen.set(className, index + 1);
    return [name, { name, className, index, count: counts.get(className)! }];
  }));
}
