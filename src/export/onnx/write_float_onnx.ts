import { inferShapes, type Network } from "../../model/mod.ts";
import type { ExportedModel } from "../export_facts.ts";
import { layerWeights } from "../layer_weights.ts";
import { reorderWeights, weightExtents } from "../reorder_weights.ts";
import type { WrittenModel } from "../written_model.ts";
import { OnnxModel } from "./onnx_model.ts";
import { writeActivation, writeGraph } from "./write_graph.ts";

/** Writes an ONNX file in f32. Its input is `[batch, 3, height, width]` of 0..255, in f32. */
export function writeFloatOnnx(
  network: Network,
  exported: ExportedModel,
): WrittenModel {
  const model = new OnnxModel();
  const shapes = inferShapes(exported.graph);
  const weightsOf = layerWeights(network);
  return writeGraph(model, network, exported, {
    inputType: "float32",
    convolve(node, attributes) {
      const { name, input, activation } = node;
      const extents = weightExtents(node, shapes.get(input)!);
      const [rows, columns, inputs, outputs] = extents;
      const weights = model.constant(
        `${name}/kernel`,
        "float",
        [outputs!, inputs!, rows!, columns!],
        () => reorderWeights(weightsOf(node).kernel, extents, [3, 2, 0, 1]),
      );
      const biases = model.constant(
        `${name}/bias`,
        "float",
        [outputs!],
        () => weightsOf(node).bias,
      );
      writeActivation(model, activation, name, (linear) => {
        model.node("Conv", [input, weights, biases], linear, attributes);
      });
    },
    averagePool({ input, name }, attributes) {
      model.node("AveragePool", [input], name, attributes);
    },
    toFloats: (name) => name,
  });
}
