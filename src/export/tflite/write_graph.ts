/**
 * Writes a graph as TensorFlow Lite operators, for activations of any type. They are
 * NHWC.
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
  INPUT,
  type MaxPoolNode,
  type Network,
  nodesFor,
  type Shape,
  type WindowNode,
} from "../../model/mod.ts";
import { elementCount, samePadding } from "../../model/shapes.ts";
import { type ExportedModel, valueNames } from "../export_facts.ts";
import { layerWeights } from "../layer_weights.ts";
import { reorderWeights } from "../reorder_weights.ts";
import type { TensorFact, WrittenModel } from "../written_model.ts";
import { byte, type Field, float, int } from "./encode_flatbuffer.ts";
import type { TensorType, TfliteModel } from "./tflite_model.ts";

export const FLOAT: TensorType = { type: "float" };

/** `Padding` and `ActivationFunctionType`. */
const PADDINGS = { same: 0, valid: 1 } as const;
const ACTIVATIONS = { linear: 0, relu: 1 } as const;

/** The parts that depend on the type of activations. */
export interface Arithmetic {
  /** The type of activations, up to the last one with spatial axes. */
  readonly activations: TensorType;
  /** The type of the image's values. */
  readonly inputType: TensorFact["type"];
  /** Adds the network's input, and the codes that convolutions read. */
  addInput(shape: readonly number[]): { input: number; codes: number };
  /** Adds the tensors of a convolution's weights. */
  addWeights(node: ConvNode): { kernel: number; bias: number };
  /** Converts an activation to f32. */
  toFloats(name: string, tensor: number, shape: readonly number[]): number;
  /** The divisor of an activation's values, per channel; absent if there is none. */
  ranges?(name: string): Float32Array;
}

/**
 * Writes the file of a network: from the image to the features and, with classes, the
 * answers. Everything after the features is f32.
 */
export function writeGraph(
  model: TfliteModel,
  network: Network,
  { graph, outputs, metadata }: ExportedModel,
  arithmetic: Arithmetic,
): WrittenModel {
  const shapes = inferShapes(graph);
  const named = valueNames(outputs);
  const weightsOf = layerWeights(network);
  const { input, codes } = arithmetic.addInput([1, ...graph.input]);
  const tensors = new Map([[INPUT, codes]]);
  const tensorOf = (name: string) => tensors.get(name)!;
  const grid = ({ name }: { readonly name: string }, shape: Shape) =>
    model.tensor(name, [1, ...shape], arithmetic.activations);
  for (const node of nodesFor(graph, outputs.at(-1)!.node)) {
    const { name } = node;
    const shape = shapes.get(name)!;
    const row = () => {
      const count = elementCount(shape);
      return model.tensor(named(name), [1, count], FLOAT);
    };
    let output: number;
    switch (node.op) {
      case "conv": {
        output = grid(node, shape);
        const { kernel, bias } = arithmetic.addWeights(node);
        model.operator(
          "CONV_2D",
          [tensorOf(node.input), kernel, bias],
          output,
          ...slide(node, node.padding),
          activate(node.activation),
        );
        break;
      }
      case "maxPool":
      case "avgPool":
        output = grid(node, shape);
        writePool(node, tensorOf(node.input), output);
        break;
      case "concat":
        output = grid(node, shape);
        model.operator(
          "CONCATENATION",
          node.inputs.map(tensorOf),
          output,
          int(3),
        );
        break;
      case "globalAvgPool":
      case "globalMaxPool":
      case "flatten":
        output = row();
        writeFeatures(node, tensorOf(node.input), output);
        break;
      case "dense":
        output = row();
        writeDense(node, tensorOf(node.input), output);
        break;
      case "softmax":
        output = row();
        model.operator("SOFTMAX", [tensorOf(node.input)], output, float(1));
        break;
      case "sigmoid":
        output = row();
        model.operator("LOGISTIC", [tensorOf(node.input)], output);
    }
    tensors.set(name, output);
  }
  const image: TensorFact = {
    name: "input",
    type: arithmetic.inputType,
    shape: [1, ...graph.input],
  };
  const results = outputs.map(({ name, count }): TensorFact => ({
    name,
    type: "float32",
    shape: [1, count],
  }));
  return model.write(
    [input],
    outputs.map(({ node }) => tensorOf(node)),
    { input: image, outputs: results },
    metadata,
  );

  /** A TFLite mean excludes padding. If ours counts it, the zeros are added explicitly. */
  function writePool(
    node: MaxPoolNode | AvgPoolNode,
    input: number,
    output: number,
  ): void {
    const { op, name, size, stride } = node;
    let { padding } = node;
    if (op === "avgPool" && padding === "same" && node.countIncludePad) {
      padding = "valid";
      const [height, width, channels] = shapes.get(node.input)!;
      const rows = samePadding(height, size, stride);
      const columns = samePadding(width, size, stride);
      const padded = model.tensor(
        `${name}/padded`,
        [
          1,
          height + rows[0] + rows[1],
          width + columns[0] + columns[1],
          channels,
        ],
        arithmetic.activations,
      );
      const zeros = Int32Array.of(0, 0, ...rows, ...columns, 0, 0);
      const pads = model.tensor(
        `${name}/pads`,
        [4, 2],
        { type: "int32" },
        () => zeros,
      );
      model.operator("PAD", [input, pads], padded);
      input = padded;
    }
    model.operator(
      op === "maxPool" ? "MAX_POOL_2D" : "AVERAGE_POOL_2D",
      [input],
      output,
      ...slide(node, padding),
      int(size),
      int(size),
    );
  }

  function writeFeatures(
    { op, name, input }: GlobalAvgPoolNode | GlobalMaxPoolNode | FlattenNode,
    tensor: number,
    output: number,
  ): void {
    const shape = [1, ...shapes.get(input)!];
    let floats = arithmetic.toFloats(input, tensor, shape);
    const factors = arithmetic.ranges?.(input);
    if (factors !== undefined) {
      const scaled = model.tensor(`${name}/scaled`, shape, FLOAT);
      const ranges = model.tensor(
        `${name}/ranges`,
        [1, 1, 1, factors.length],
        FLOAT,
        () => factors,
      );
      model.operator("MUL", [floats, ranges], scaled, byte(0));
      floats = scaled;
    }
    if (op === "flatten") {
      const count = elementCount(shapes.get(name)!);
      const rows = Int32Array.of(1, count);
      const to = model.tensor(
        `${name}/shape`,
        [2],
        { type: "int32" },
        () => rows,
      );
      model.operator("RESHAPE", [floats, to], output);
      return;
    }
    const axes = Int32Array.of(1, 2);
    const constant = model.tensor(
      `${name}/axes`,
      [2],
      { type: "int32" },
      () => axes,
    );
    model.operator(
      op === "globalAvgPool" ? "MEAN" : "REDUCE_MAX",
      [floats, constant],
      output,
    );
  }

  function writeDense(node: DenseNode, input: number, output: number): void {
    const { name, units, activation } = node;
    const inputs = elementCount(shapes.get(node.input)!);
    const extents = [1, 1, inputs, units];
    model.operator(
      "FULLY_CONNECTED",
      [
        input,
        model.tensor(
          `${name}/kernel`,
          [units, inputs],
          FLOAT,
          () => reorderWeights(weightsOf(node).kernel, extents, [3, 2, 0, 1]),
        ),
        model.tensor(
          `${name}/bias`,
          [units],
          FLOAT,
          () => weightsOf(node).bias,
        ),
      ],
      output,
      activate(activation),
    );
  }
}

/** The first option fields, which all operators with windows share. */
function slide(
  { stride }: WindowNode<string>,
  padding: keyof typeof PADDINGS,
): Field[] {
  return [byte(PADDINGS[padding]), int(stride), int(stride)];
}

function activate(activation: Activation): Field {
  return byte(ACTIVATIONS[activation]);
}
