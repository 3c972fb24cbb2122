/**
 * A graph as TensorFlow Lite's operators, whatever its activations are made of.
 * They are NHWC.
 *
 * @module
 */
import {
  type Activation,
  type ConvNode,
  type DenseNode,
  type GlobalAvgPoolNode,
  type Graph,
  inferShapes,
  INPUT,
  type Network,
  nodesFor,
  type WindowNode,
} from "../../../src/model/mod.ts";
import { reorderWeights } from "../reorder_weights.ts";
import { byte, type Field, float, int } from "./encode_flatbuffer.ts";
import type { TensorType, TfliteModel } from "./tflite_model.ts";

export const FLOAT: TensorType = { type: "float" };

/** `Padding` and `ActivationFunctionType`. */
const PADDINGS = { same: 0, valid: 1 } as const;
const ACTIVATIONS = { linear: 0, relu: 1 } as const;

/** What differs between kinds of activations. */
export interface Arithmetic {
  /** Of the activations up to the last one that has a place in the image. */
  readonly activations: TensorType;
  /** Gives the input of the network and, as the image, what convolutions read. */
  addInput(shape: readonly number[]): { input: number; image: number };
  /** Gives the tensors of a convolution's weights. */
  addWeights(node: ConvNode): { kernel: number; bias: number };
  /** Gives the mean of each channel as `[1, channels]`, in f32. */
  averageChannels(
    node: GlobalAvgPoolNode,
    input: number,
    output: number,
  ): void;
}

/**
 * The file of a network with classes: from the image to the features and the
 * probabilities. What comes after the features is f32.
 *
 * @throws {RangeError} When padding counts in the mean of an average pool.
 */
export function writeGraph(
  model: TfliteModel,
  network: Network,
  graph: Graph,
  arithmetic: Arithmetic,
): Uint8Array<ArrayBuffer> {
  const { features, probabilities } = graph.outputs;
  const shapes = inferShapes(graph);
  const { input, image } = arithmetic.addInput([1, ...graph.input]);
  const tensors = new Map([[INPUT, image]]);
  const tensorOf = (name: string) => tensors.get(name)!;
  for (const node of nodesFor(graph, probabilities!)) {
    const { name, op } = node;
    const [height, width, channels] = shapes.get(name)!;
    const flat = op === "globalAvgPool" || op === "dense" || op === "softmax";
    const output = flat
      ? model.tensor(name, [1, channels], FLOAT)
      : model.tensor(
        name,
        [1, height, width, channels],
        arithmetic.activations,
      );
    tensors.set(name, output);
    switch (op) {
      case "conv": {
        const { kernel, bias } = arithmetic.addWeights(node);
        model.operator(
          "CONV_2D",
          [tensorOf(node.input), kernel, bias],
          output,
          ...slide(node),
          activate(node.activation),
        );
        break;
      }
      case "maxPool":
      case "avgPool":
        if (
          op === "avgPool" && node.padding === "same" && node.countIncludePad
        ) {
          throw new RangeError(
            `Cannot write "${name}" as TensorFlow Lite leaves padding out of the mean`,
          );
        }
        model.operator(
          op === "maxPool" ? "MAX_POOL_2D" : "AVERAGE_POOL_2D",
          [tensorOf(node.input)],
          output,
          ...slide(node),
          int(node.size),
          int(node.size),
        );
        break;
      case "concat":
        model.operator(
          "CONCATENATION",
          node.inputs.map(tensorOf),
          output,
          int(3),
        );
        break;
      case "globalAvgPool":
        arithmetic.averageChannels(node, tensorOf(node.input), output);
        break;
      case "dense":
        writeDense(model, network, node, tensorOf(node.input), output);
        break;
      case "softmax":
        model.operator("SOFTMAX", [tensorOf(node.input)], output, float(1));
    }
  }
  return model.encode([input], [tensorOf(features), tensorOf(probabilities!)]);
}

/** Adds the mean of each channel of an f32 activation. */
export function averageFloats(
  model: TfliteModel,
  input: number,
  output: number,
): void {
  const axes = Int32Array.of(1, 2);
  const type = { type: "int32" } as const;
  const constant = model.tensor("axes", [axes.length], type, axes);
  model.operator("MEAN", [input, constant], output);
}

function writeDense(
  model: TfliteModel,
  network: Network,
  { name, units, activation }: DenseNode,
  input: number,
  output: number,
): void {
  const { kernel, bias } = network.weights(name);
  const inputs = kernel.length / units;
  const rows = reorderWeights(kernel, [1, 1, inputs, units], [3, 2, 0, 1]);
  model.operator(
    "FULLY_CONNECTED",
    [
      input,
      model.tensor(`${name}/kernel`, [units, inputs], FLOAT, rows),
      model.tensor(`${name}/bias`, [units], FLOAT, bias),
    ],
    output,
    activate(activation),
  );
}

/** The fields with which the options of all windows begin. */
function slide({ padding, stride }: WindowNode<string>): Field[] {
  return [byte(PADDINGS[padding]), int(stride), int(stride)];
}

function activate(activation: Activation): Field {
  return byte(ACTIVATIONS[activation]);
}
