import {
  type Graph,
  inferShapes,
  INPUT,
  type Network,
} from "../../../src/model/mod.ts";
import { reorderWeights, weightExtents } from "../reorder_weights.ts";
import { floatWeights } from "../float_weights.ts";
import { OnnxModel } from "./onnx_model.ts";
import { writeActivation, writeGraph } from "./write_graph.ts";

/**
 * An ONNX file of a network with classes, in f32. Its input is `[1, 3, height,
 * width]` of 0..255, in f32.
 */
export function writeFloatOnnx(
  network: Network,
  graph: Graph,
): Uint8Array<ArrayBuffer> {
  const model = new OnnxModel();
  const shapes = inferShapes(graph);
  const [height, width, channels] = graph.input;
  return writeGraph(model, network, graph, {
    input: { name: INPUT, type: "float", shape: [1, channels, height, width] },
    convolve(node, attributes) {
      const { name, input, activation } = node;
      const { kernel, bias } = floatWeights(network, node);
      const extents = weightExtents(node, shapes.get(input)!);
      const [rows, columns, inputs, outputs] = extents;
      const weights = model.constant(
        `${name}/kernel`,
        [outputs!, inputs!, rows!, columns!],
        reorderWeights(kernel, extents, [3, 2, 0, 1]),
      );
      const biases = model.constant(`${name}/bias`, [outputs!], bias);
      writeActivation(model, activation, name, (linear) => {
        model.node("Conv", [input, weights, biases], linear, attributes);
      });
    },
    averagePool({ input, name }, attributes) {
      model.node("AveragePool", [input], name, attributes);
    },
    averageChannels({ input, name }) {
      const means = `${name}/4d`;
      model.node("GlobalAveragePool", [input], means);
      model.node("Flatten", [means], name);
    },
  });
}
