import { inferShapes, type Network } from "../../model/mod.ts";
import type { ExportedModel } from "../export_facts.ts";
import { layerWeights } from "../layer_weights.ts";
import { reorderWeights, weightExtents } from "../reorder_weights.ts";
import type { WrittenModel } from "../written_model.ts";
import { TfliteModel } from "./tflite_model.ts";
import { FLOAT, writeGraph } from "./write_graph.ts";

/** Writes a `.tflite` file in f32. Its input is `[1, height, width, 3]` of 0..255, in f32. */
export function writeFloatTflite(
  network: Network,
  exported: ExportedModel,
): WrittenModel {
  const model = new TfliteModel();
  const shapes = inferShapes(exported.graph);
  const weightsOf = layerWeights(network);
  return writeGraph(model, network, exported, {
    inputType: "float32",
    activations: FLOAT,
    addInput(shape) {
      const input = model.tensor("input", shape, FLOAT);
      return { input, codes: input };
    },
    addWeights(node) {
      const { name, channels } = node;
      const extents = weightExtents(node, shapes.get(node.input)!);
      const order = [3, 0, 1, 2];
      return {
        kernel: model.tensor(
          `${name}/kernel`,
          order.map((axis) => extents[axis]!),
          FLOAT,
          () => reorderWeights(weightsOf(node).kernel, extents, order),
        ),
        bias: model.tensor(
          `${name}/bias`,
          [channels],
          FLOAT,
          () => weightsOf(node).bias,
        ),
      };
    },
    toFloats: (_, tensor) => tensor,
  });
}
