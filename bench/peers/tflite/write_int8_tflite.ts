import {
  type Graph,
  inferShapes,
  type QuantizedNetwork,
} from "../../../src/model/mod.ts";
import { integerNetwork, STEP } from "../integer_network.ts";
import { reorderWeights, weightExtents } from "../reorder_weights.ts";
import { byte } from "./encode_flatbuffer.ts";
import { type TensorType, TfliteModel } from "./tflite_model.ts";
import { averageFloats, FLOAT, writeGraph } from "./write_graph.ts";

/** As TensorFlow Lite has them: signed, so that zero is the least code. */
const CODES: TensorType = {
  type: "int8",
  quantization: { scales: [STEP], zeroPoint: -128 },
};

/** As images are. */
const BYTES: TensorType = {
  type: "uint8",
  quantization: { scales: [STEP], zeroPoint: 0 },
};

/**
 * A `.tflite` file of a network with classes, in int8 up to its features. Its input
 * is `[1, height, width, 3]` of 0..255, as bytes.
 *
 * @throws {RangeError} When padding counts in the mean of an average pool.
 */
export function writeInt8Tflite(
  network: QuantizedNetwork,
  graph: Graph,
): Uint8Array<ArrayBuffer> {
  const model = new TfliteModel();
  const shapes = inferShapes(graph);
  const integers = integerNetwork(network, graph);
  return writeGraph(model, network, graph, {
    activations: CODES,
    addInput(shape) {
      const input = model.tensor("input", shape, BYTES);
      const image = model.tensor("image", shape, CODES);
      model.operator("QUANTIZE", [input], image);
      return { input, image };
    },
    addWeights(node) {
      const { kernel, scales, bias } = integers.convolution(node);
      const extents = weightExtents(node, shapes.get(node.input)!);
      const order = [3, 0, 1, 2];
      return {
        kernel: model.tensor(
          `${node.name}/kernel`,
          order.map((axis) => extents[axis]!),
          { type: "int8", quantization: { scales, zeroPoint: 0 } },
          reorderWeights(kernel, extents, order),
        ),
        bias: model.tensor(`${node.name}/bias`, [bias.length], {
          type: "int32",
          quantization: { scales: scales.map((it) => it * STEP), zeroPoint: 0 },
        }, bias),
      };
    },
    averageChannels({ input, name }, tensor, output) {
      const [height, width, channels] = shapes.get(input)!;
      const shape = [1, channels];
      const floats = model.tensor(
        `${input}/floats`,
        [1, height, width, channels],
        FLOAT,
      );
      model.operator("DEQUANTIZE", [tensor], floats);
      const means = model.tensor(`${name}/means`, shape, FLOAT);
      averageFloats(model, floats, means);
      const ranges = integers.ranges(input);
      const factors = model.tensor(`${name}/ranges`, shape, FLOAT, ranges);
      model.operator("MUL", [means, factors], output, byte(0));
    },
  });
}
