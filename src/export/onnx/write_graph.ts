/**
 * Writes a graph as ONNX nodes, for activations of any type. They are NCHW.
 *
 * @module
 */
import {
  type Activation,
  type AvgPoolNode,
  type ConvNode,
  type DenseNode,
  type FlattenNode,
  type GlobalAvgPoolNode,
  type GlobalMaxPoolNode,
  inferShapes,
  type Network,
  nodesFor,
  type Shape,
  type WindowNode,
} from "../../model/mod.ts";
import { elementCount, samePadding } from "../../model/shapes.ts";
import { type ExportedModel, valueNames } from "../export_facts.ts";
import { layerWeights } from "../layer_weights.ts";
import type { TensorFact, WrittenModel } from "../written_model.ts";
import type { Attribute, OnnxModel } from "./onnx_model.ts";

/** Attributes of a node, by their name in the ONNX specification. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** The parts that depend on the type of activations. Each adds nodes for one of ours. */
export interface Arithmetic {
  /** The type of the image's values. */
  readonly inputType: TensorFact["type"];
  convolve(node: ConvNode, attributes: Attributes): void;
  averagePool(node: AvgPoolNode, attributes: Attributes): void;
  /** Converts an activation to f32. */
  toFloats(name: string): string;
  /** The divisor of an activation's values, per channel; absent if there is none. */
  ranges?(name: string): Float32Array;
}

/** Any number of images. */
const BATCH = "batch";

/**
 * Writes the file of a network: from the image to the features and, with classes, the
 * answers. Everything after the features is f32.
 */
export function writeGraph(
  model: OnnxModel,
  network: Network,
  { graph, outputs, metadata }: ExportedModel,
  arithmetic: Arithmetic,
): WrittenModel {
  const shapes = inferShapes(graph);
  const named = valueNames(outputs);
  const weightsOf = layerWeights(network);
  for (const node of nodesFor(graph, outputs.at(-1)!.node)) {
    const { name } = node;
    switch (node.op) {
      case "conv":
        arithmetic.convolve(node, slide(node, node.kernel, shapes));
        break;
      case "maxPool":
        model.node(
          "MaxPool",
          [node.input],
          name,
          slide(node, [node.size, node.size], shapes),
        );
        break;
      case "avgPool":
        arithmetic.averagePool(node, {
          ...slide(node, [node.size, node.size], shapes),
          count_include_pad: node.countIncludePad ? 1 : 0,
        });
        break;
      case "concat":
        model.node("Concat", node.inputs, name, { axis: 1 });
        break;
      case "globalAvgPool":
      case "globalMaxPool":
      case "flatten":
        writeFeatures(model, node, named(name), arithmetic);
        break;
      case "dense":
        writeDense(model, node, elementCount(shapes.get(node.input)!));
        break;
      case "softmax":
        model.node("Softmax", [named(node.input)], named(name));
        break;
      case "sigmoid":
        model.node("Sigmoid", [named(node.input)], named(name));
    }
  }
  const [height, width, channels] = graph.input;
  const input: TensorFact = {
    name: "input",
    type: arithmetic.inputType,
    shape: [BATCH, channels, height, width],
  };
  const results = outputs.map(({ name, count }): TensorFact => ({
    name,
    type: "float32",
    shape: [BATCH, count],
  }));
  return model.write({ input, outputs: results }, metadata);

  function writeDense(model: OnnxModel, node: DenseNode, inputs: number): void {
    const { name, units, activation } = node;
    const kernel = model.constant(
      `${name}/kernel`,
      "float",
      [inputs, units],
      () => weightsOf(node).kernel,
    );
    const bias = model.constant(
      `${name}/bias`,
      "float",
      [units],
      () => weightsOf(node).bias,
    );
    writeActivation(model, activation, named(name), (linear) => {
      model.node("Gemm", [named(node.input), kernel, bias], linear);
    });
  }
}

/** Adds the nodes that turn the last activation into `[batch, features]`. */
function writeFeatures(
  model: OnnxModel,
  { op, name, input }: GlobalAvgPoolNode | GlobalMaxPoolNode | FlattenNode,
  output: string,
  { toFloats, ranges }: Arithmetic,
): void {
  const own = `${name}/4d`;
  const floats = toFloats(input);
  const isFlatten = op === "flatten";
  // Flattened values are in our order: height, width, channel.
  if (isFlatten) model.node("Transpose", [floats], own, { perm: [0, 2, 3, 1] });
  else {
    const pool = op === "globalAvgPool" ? "GlobalAveragePool" : "GlobalMaxPool";
    model.node(pool, [floats], own);
  }
  const factors = ranges?.(input);
  if (factors === undefined) {
    model.node("Flatten", [own], output);
    return;
  }
  const count = factors.length;
  const constant = model.constant(
    `${name}/ranges`,
    "float",
    isFlatten ? [1, 1, 1, count] : [1, count, 1, 1],
    () => factors,
  );
  model.node("Mul", [own, constant], `${name}/scaled`);
  model.node("Flatten", [`${name}/scaled`], output);
}

/**
 * Adds a node, followed by its activation unless that is linear.
 *
 * @param add Adds the node, with the given name of its output.
 */
export function writeActivation(
  model: OnnxModel,
  activation: Activation,
  name: string,
  add: (name: string) => void,
): void {
  if (activation === "linear") return add(name);
  const linear = `${name}/linear`;
  add(linear);
  model.node("Relu", [linear], name);
}

/** The attributes of a sliding window. */
function slide(
  { input, stride, padding }: WindowNode<string>,
  kernel: readonly [height: number, width: number],
  shapes: ReadonlyMap<string, Shape>,
): Attributes {
  const [height, width] = shapes.get(input)!;
  const pad = (extent: number, window: number) =>
    padding === "valid" ? [0, 0] as const : samePadding(extent, window, stride);
  const [top, bottom] = pad(height, kernel[0]);
  const [left, right] = pad(width, kernel[1]);
  return {
    kernel_shape: kernel,
    strides: [stride, stride],
    pads: [top, left, bottom, right],
  };
}
