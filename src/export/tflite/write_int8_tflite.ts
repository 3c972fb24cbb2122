import { inferShapes, type QuantizedNetwork } from "../../model/mod.ts";
import type { ExportedModel } from "../export_facts.ts";
import { integerNetwork, STEP } from "../integer_network.ts";
import { reorderWeights, weightExtents } from "../reorder_weights.ts";
import type { WrittenModel } from "../written_model.ts";
import { type TensorType, TfliteModel } from "./tflite_model.ts";
import { FLOAT, writeGraph } from "./write_graph.ts";

/** The activations' type: TensorFlow Lite's convolutions need int8. */
const CODES: TensorType = {
  type: "int8",
  quantization: { scales: [STEP], zeroPoint: -128 },
};

/** The input's type. */
const BYTES: TensorType = {
  type: "uint8",
  quantization: { scales: [STEP], zeroPoint: 0 },
};

/**
 * Writes a `.tflite` file in int8 up to its features. Its input is `[1, height, width, 3]`
 * of 0..255, as bytes.
 */
export function writeInt8Tflite(
  network: QuantizedNetwork,
  exported: ExportedModel,
): WrittenModel {
  const model = new TfliteModel();
  const shapes = inferShapes(exported.graph);
  const integers = integerNetwork(network, exported.graph);
  return writeGraph(model, network, exported, {
    inputType: "uint8",
    activations: CODES,
    addInput(shape) {
      const input = model.tensor("input", shape, BYTES);
      const codes = model.tensor("codes", shape, CODES);
      model.operator("QUANTIZE", [input], codes);
      return { input, codes };
    },
    addWeights(node) {
      const { name } = node;
      // The scales are in the tensors' tables, before all weights.
      const { scales } = integers.convolution(node);
      const extents = weightExtents(node, shapes.get(node.input)!);
      const order = [3, 0, 1, 2];
      return {
        kernel: model.tensor(
          `${name}/kernel`,
          order.map((axis) => extents[axis]!),
          { type: "int8", quantization: { scales, zeroPoint: 0 } },
          () =>
            reorderWeights(integers.convolution(node).kernel, extents, order),
        ),
        bias: model.tensor(`${name}/bias`, [scales.length], {
          type: "int32",
          quantization: { scales: scales.map((it) => it * STEP), zeroPoint: 0 },
        }, () => integers.convolution(node).bias),
      };
    },
    toFloats(name, tensor, shape) {
      const floats = model.tensor(`${name}/floats`, shape, FLOAT);
      model.operator("DEQUANTIZE", [tensor], floats);
      return floats;
    },
    ranges: (name) => integers.ranges(name),
  });
}
