/**
 * A graph as ONNX nodes, whatever its activations are made of. They are NCHW.
 *
 * @module
 */
import {
  type Activation,
  type AvgPoolNode,
  type ConvNode,
  type DenseNode,
  type GlobalAvgPoolNode,
  type Graph,
  inferShapes,
  type Network,
  nodesFor,
  type Shape,
  type WindowNode,
} from "../../../src/model/mod.ts";
import { samePadding } from "../../../src/model/shapes.ts";
import type { Attribute, OnnxModel, TensorInfo } from "./onnx_model.ts";

/** Attributes of a node, by their name in ONNX's specification. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** What differs between kinds of activations; each adds nodes for one of ours. */
export interface Arithmetic {
  /** The image, by the name by which our nodes read it. */
  readonly input: TensorInfo;
  convolve(node: ConvNode, attributes: Attributes): void;
  averagePool(node: AvgPoolNode, attributes: Attributes): void;
  /** Gives the mean of each channel as `[1, channels]`, in f32. */
  averageChannels(node: GlobalAvgPoolNode): void;
}

/**
 * The file of a network with classes: from the image to the features and the
 * probabilities. What comes after the features is f32.
 */
export function writeGraph(
  model: OnnxModel,
  network: Network,
  graph: Graph,
  arithmetic: Arithmetic,
): Uint8Array<ArrayBuffer> {
  const { features, probabilities } = graph.outputs;
  const shapes = inferShapes(graph);
  for (const node of nodesFor(graph, probabilities!)) {
    switch (node.op) {
      case "conv":
        arithmetic.convolve(node, slide(node, node.kernel, shapes));
        break;
      case "maxPool":
        model.node(
          "MaxPool",
          [node.input],
          node.name,
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
        model.node("Concat", node.inputs, node.name, { axis: 1 });
        break;
      case "globalAvgPool":
        arithmetic.averageChannels(node);
        break;
      case "dense":
        writeDense(model, network, node);
        break;
      case "softmax":
        model.node("Softmax", [node.input], node.name);
    }
  }
  const outputs = [features, probabilities!].map((name): TensorInfo => ({
    name,
    type: "float",
    shape: [1, shapes.get(name)![2]],
  }));
  return model.encode([arithmetic.input], outputs);
}

function writeDense(
  model: OnnxModel,
  network: Network,
  { name, input, units, activation }: DenseNode,
): void {
  const { kernel, bias } = network.weights(name);
  const shape = [kernel.length / units, units];
  const inputs = [
    input,
    model.constant(`${name}/kernel`, shape, kernel),
    model.constant(`${name}/bias`, [units], bias),
  ];
  writeActivation(model, activation, name, (linear) => {
    model.node("Gemm", inputs, linear);
  });
}

/**
 * Adds a node that follows another one, where there is such an activation.
 *
 * @param add Adds the other one, for the name that it is given.
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

/** Where a window stands. */
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
