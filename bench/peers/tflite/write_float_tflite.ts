import {
  type Graph,
  inferShapes,
  type Network,
} from "../../../src/model/mod.ts";
import { reorderWeights, weightExtents } from "../reorder_weights.ts";
import { floatWeights } from "../float_weights.ts";
import { TfliteModel } from "./tflite_model.ts";
import { averageFloats, FLOAT, writeGraph } from "./write_graph.ts";

/**
 * A `.tflite` file of a network with classes, in f32. Its input is `[1, height,
 * width, 3]` of 0..255, in f32.
 *
 * @throws {RangeError} When padding counts in the mean of an average pool.
 */
export function writeFloatTflite(
  network: Network,
  graph: Graph,
): Uint8Array<ArrayBuffer> {
  const model = new TfliteModel();
  const shapes = inferShapes(graph);
  return writeGraph(model, network, graph, {
    activations: FLOAT,
    addInput(shape) {
      const input = model.tensor("input", shape, FLOAT);
      return { input, image: input };
    },
    addWeights(node) {
      const { kernel, bias } = floatWeights(network, node);
      const extents = weightExtents(node, shapes.get(node.input)!);
      const order = [3, 0, 1, 2];
      return {
        kernel: model.tensor(
          `${node.name}/kernel`,
          order.map((axis) => extents[axis]!),
          FLOAT,
          reorderWeights(kernel, extents, order),
        ),
        bias: model.tensor(`${node.name}/bias`, [bias.length], FLOAT, bias),
      };
    },
    averageChannels: (_, input, output) => averageFloats(model, input, output),
  });
}
