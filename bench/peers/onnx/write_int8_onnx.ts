import {
  type Graph,
  inferShapes,
  INPUT,
  type QuantizedNetwork,
} from "../../../src/model/mod.ts";
import { integerNetwork, STEP } from "../integer_network.ts";
import { reorderWeights, weightExtents } from "../reorder_weights.ts";
import { OnnxModel } from "./onnx_model.ts";
import { writeGraph } from "./write_graph.ts";

/**
 * An ONNX file of a network with classes, in int8 up to its features. Its input is
 * `[1, 3, height, width]` of 0..255, as bytes.
 *
 * Convolutions are `QLinearConv`, which ONNX Runtime has kernels for: activations
 * of 0..255, weights of int8 with a scale for each output channel. Average pools
 * are in f32 between two conversions, which it makes one of.
 */
export function writeInt8Onnx(
  network: QuantizedNetwork,
  graph: Graph,
): Uint8Array<ArrayBuffer> {
  const model = new OnnxModel();
  const shapes = inferShapes(graph);
  const integers = integerNetwork(network, graph);
  const [height, width, channels] = graph.input;
  const step = model.constant("step", [], Float32Array.of(STEP));
  const zero = model.constant("zero", [], Uint8Array.of(0));
  const toFloats = (input: string) =>
    model.node("DequantizeLinear", [input, step, zero], `${input}/floats`);
  return writeGraph(model, network, graph, {
    input: { name: INPUT, type: "uint8", shape: [1, channels, height, width] },
    convolve(node, attributes) {
      const { name, input } = node;
      const { kernel, scales, bias } = integers.convolution(node);
      const extents = weightExtents(node, shapes.get(input)!);
      const order = [3, 2, 0, 1];
      const each = [node.channels];
      model.node(
        "QLinearConv",
        [
          input,
          step,
          zero,
          model.constant(
            `${name}/kernel`,
            order.map((axis) => extents[axis]!),
            reorderWeights(kernel, extents, order),
          ),
          model.constant(`${name}/scales`, each, scales),
          model.constant(`${name}/zeros`, each, new Int8Array(node.channels)),
          step,
          zero,
          model.constant(`${name}/bias`, each, bias),
        ],
        name,
        attributes,
      );
    },
    averagePool({ input, name }, attributes) {
      const means = `${name}/means`;
      model.node("AveragePool", [toFloats(input)], means, attributes);
      model.node("QuantizeLinear", [means, step, zero], name);
    },
    averageChannels({ input, name }) {
      const means = `${name}/4d`;
      const flat = `${name}/flat`;
      model.node("GlobalAveragePool", [toFloats(input)], means);
      model.node("Flatten", [means], flat);
      const ranges = integers.ranges(input);
      const factors = model.constant(
        `${name}/ranges`,
        [1, ranges.length],
        ranges,
      );
      model.node("Mul", [flat, factors], name);
    },
  });
}
