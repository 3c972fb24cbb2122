/**
 * The graph of a Keras model: the layers of models in it become its own.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { CropAndResize } from "../../model/mod.ts";
import { fedOf } from "../foreign/fed.ts";
import type { ForeignGraph, ForeignNode } from "../foreign/graph.ts";
import { asObject } from "../json.ts";
import {
  type Image,
  likelyFed,
  newImage,
  resizedImage,
  scaledImage,
  sizeOf,
  withSize,
} from "./image.ts";
import { layerNodes } from "./layers.ts";
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

/** A model's graph, and how it makes its image of a photo, as far as it says so. */
export interface KerasGraph {
  readonly graph: ForeignGraph;
  readonly geometry: Partial<CropAndResize>;
  /** Whether what its input is fed is sure. */
  readonly isFedSure: boolean;
}

/** How deep models may nest: augmentation and base are one deep. */
const MAX_DEPTH = 8;

/**
 * The graph of a model.
 *
 * @param json Its configuration: `{ class_name, config }`.
 * @throws {CorruptWeightsError} When it has not the form of one, two outputs, or a layer
 * that is used twice, or when a layer lacks a tensor.
 */
export function kerasGraph(json: unknown, find: FindTensor): KerasGraph {
  const nodes = new Map<string, ForeignNode>();
  /** What is an image, by the keys of nodes. */
  const images = new Map<string, Image>();
  /** The keys of nodes with one value a channel. */
  const vectors = new Set<string>();
  /** The image of the first convolution. */
  let stem: Image | undefined;
  let layerCount = 0;

  const add = (node: ForeignNode): string => {
    if (nodes.has(node.name)) {
      throw new CorruptWeightsError(
        `Cannot import the Keras model as two layers have the name "${node.name}"`,
      );
    }
    nodes.set(node.name, node);
    return node.name;
  };
  const addInput = (name: string, shape: unknown): string => {
    const size = sizeOf(shape, `the shape of the Keras layer "${name}"`);
    images.set(name, newImage(name, size));
    return add({ op: "input", name, size });
  };

  /**
   * Adds the layers of a model, and gives the key of its result.
   *
   * @param path The models that it is in, and itself.
   * @param given The key of what it reads, unless it is the outermost.
   */
  const addModel = (
    model: KerasModel,
    path: readonly LayerStep[],
    given: string | undefined,
    training: boolean,
  ): string => {
    layerCount += model.layers.length;
    if (layerCount > MAX_LAYERS || path.length > MAX_DEPTH) {
      throw new CorruptWeightsError(
        `Cannot import the Keras model as it must have <= ${MAX_LAYERS} layers, nested <= ${MAX_DEPTH} deep: it has more`,
      );
    }
    const steps = stepsOf(model);
    /** The keys of the layers' results. */
    const results = new Map<string, string>();
    let previous = given;
    for (const layer of sortLayers(model)) {
      const own = [...path, steps.get(layer.name)!];
      if (model.isSequential && previous === undefined) {
        previous = addInput("the image", imageShape(model, layer));
        if (layer.className === "InputLayer") continue;
      }
      const inputs = model.isSequential
        ? [previous!]
        : layer.operands.flatMap((it) =>
          typeof it === "object" && "layer" in it ? results.get(it.layer)! : []
        );
      const key = addLayer(layer, own, {
        inputs,
        given: model.isSequential || layer.name === model.input
          ? previous
          : undefined,
        isOutermost: path.length === 0,
        training,
      });
      results.set(layer.name, key);
      if (model.isSequential) previous = key;
    }
    const output = model.isSequential ? previous : results.get(model.output!);
    if (output !== undefined) return output;
    throw new CorruptWeightsError(
      `Cannot find the Keras layer "${model.output}" that is the output`,
    );
  };

  const addLayer = (
    layer: KerasLayer,
    path: readonly LayerStep[],
    { inputs, given, isOutermost, training }: ModelCall,
  ): string => {
    const place = { layer, path };
    const name = nameOf(place);
    const [input = ""] = inputs;
    const image = inputs.length === 1 ? images.get(input) : undefined;
    if (layer.className === "InputLayer") {
      const shape = layer.config.batch_shape ?? layer.config.batch_input_shape;
      if (given === undefined && isOutermost) return addInput(name, shape);
      if (given === undefined) {
        return add({ op: "other", name, what: "an input of its own" });
      }
      const known = images.get(given);
      if (known !== undefined) {
        const size = sizeOf(shape, `the shape of the Keras layer "${name}"`);
        images.set(given, withSize(known, size));
      }
      return given;
    }
    if (isModel(layer) && inputs.length === 1) {
      const model = parseModel(layer.className, layer.config);
      return addModel(model, path, input, training || layer.training);
    }
    const resized = image && resizedImage(image, layer);
    if (resized !== undefined) {
      images.set(name, resized);
      return add({ op: "identity", name, input });
    }
    const made = layerNodes({
      place: training ? { layer: { ...layer, training }, path } : place,
      inputs,
      isVector: vectors.has(input),
      find,
    });
    made.forEach(add);
    const last = made.at(-1)!;
    const [{ op }] = made as [ForeignNode];
    if (op === "conv" && image !== undefined) stem ??= image;
    if (op === "globalPool" || op === "flatten" || op === "dense") {
      vectors.add(last.name);
    }
    const keeps = last.op === "identity" || last.op === "affine" ||
      last.op === "batchNorm" || last.op === "activation";
    if (keeps && vectors.has(input)) vectors.add(last.name);
    if (image !== undefined && (op === "identity" || op === "batchNorm")) {
      images.set(name, image);
    }
    if (image !== undefined && last.op === "affine") {
      images.set(name, scaledImage(image, last));
    }
    return last.name;
  };

  const { class_name, config } = asObject(json, "model_config");
  const output = addModel(parseModel(class_name, config), [], undefined, false);
  for (const [name, node] of nodes) {
    if (node.op !== "input") continue;
    const { size } = stem?.input === name ? stem : images.get(name)!;
    nodes.set(name, { ...node, size });
  }
  const said = fedOf(nodes, KERAS_PREPROCESSING);
  const { fed, isSure } = said === undefined
    ? likelyFed(stem?.factor)
    : { fed: said, isSure: true };
  return {
    graph: {
      format: "Keras model",
      noun: "layer",
      nodes,
      output,
      fed,
    },
    geometry: stem?.geometry ?? {},
    isFedSure: isSure,
  };
}

/** How a layer is called. */
interface ModelCall {
  /** The keys of what it reads. */
  readonly inputs: readonly string[];
  /** The key of what an input layer stands for. */
  readonly given: string | undefined;
  readonly isOutermost: boolean;
  /** Whether the model is called as in training. */
  readonly training: boolean;
}

/** The shape of the image of a `Sequential`, wherever it stands. */
function imageShape({ config }: KerasModel, first: KerasLayer): unknown {
  return first.config.batch_shape ?? first.config.batch_input_shape ??
    config.build_input_shape;
}

/** Where each layer stands among those of its class. */
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
