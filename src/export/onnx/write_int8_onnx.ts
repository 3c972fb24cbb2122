import { inferShapes, type QuantizedNetwork } from "../../model/mod.ts";
import type { ExportedModel } from "../export_facts.ts";
import { integerNetwork, STEP } from "../integer_network.ts";
import { reorderWeights, weightExtents } from "../reorder_weights.ts";
import type { WrittenModel } from "../written_model.ts";
import { OnnxModel } from "./onnx_model.ts";
import { writeGraph } from "./write_graph.ts";

/**
 * Writes an ONNX file in int8 up to its features. Its input is `[batch, 3, height, width]`
 * of 0..255, as bytes.
 *
 * Convolutions are `QLinearConv`, for which ONNX Runtime has kernels: activations of
 * 0..255, int8 weights with one scale per output channel. Average pools are in f32
 * between two conversions; ONNX Runtime fuses the three nodes.
 */
export function writeInt8Onnx(
  network: QuantizedNetwork,
  exported: ExportedModel,
): WrittenModel {
  const model = new OnnxModel();
  const shapes = inferShapes(exported.graph);
  const integers = integerNetwork(network, exported.graph);
  const step = model.constant("step", "float", [], () => Float32Array.of(STEP));
  const zero = model.constant("zero", "uint8", [], () => Uint8Array.of(0));
  const toFloats = (input: string) =>
    model.node("DequantizeLinear", [input, step, zero], `${input}/floats`);
  return writeGraph(model, network, exported, {
    inputType: "uint8",
    convolve(node, attributes) {
      const { name, input, channels } = node;
      const extents = weightExtents(node, shapes.get(input)!);
      const order = [3, 2, 0, 1];
      const each = [channels];
      const parts = () => integers.convolution(node);
      model.node(
        "QLinearConv",
        [
          input,
          step,
          zero,
          model.constant(
            `${name}/kernel`,
            "int8",
            order.map((axis) => extents[axis]!),
            () => reorderWeights(parts().kernel, extents, order),
          ),
          model.constant(`${name}/scales`, "float", each, () => parts().scales),
          model.constant(
            `${name}/zeros`,
            "int8",
            each,
            () => new Int8Array(channels),
          ),
          step,
          zero,
          model.constant(`${name}/bias`, "int32", each, () => parts().bias),
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
    toFloats,
    ranges: (name) => integers.ranges(name),
  });
}
