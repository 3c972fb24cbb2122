/** Networks with random weights, for any architecture. */
import {
  inceptionV3,
  inferShapes,
  isWeighted,
  type LayerWeights,
  type Network,
  type Variant,
} from "../src/model/mod.ts";
import { elementCount } from "../src/model/shapes.ts";
import { KERAS_PREPROCESSING } from "../src/weights/mod.ts";
import { randomNumbers } from "./random.ts";
import { filled } from "./filled.ts";

/**
 * Makes an f32 network whose activations keep their magnitude from layer to layer. The
 * statistics of batch norm are those of a normal distribution.
 */
export function randomF32Network(
  options: Network["architecture"],
  variant: Variant = 75,
): Network {
  const architecture = { widthMultiplier: 1 / 16, classes: 5, ...options };
  const graph = inceptionV3({ ...architecture, variant });
  const shapes = inferShapes(graph);
  const random = randomNumbers(17);
  const values = (length: number, least: number, most: number) =>
    filled(Float32Array, length, () => least + random() * (most - least));
  const layers = new Map<string, LayerWeights>();
  for (const node of graph.nodes.filter(isWeighted)) {
    const input = shapes.get(node.input)!;
    const [inputs, outputs] = node.op === "conv"
      ? [node.kernel[0] * node.kernel[1] * input[2], node.channels]
      : [elementCount(input), node.units];
    const most = Math.sqrt(6 / inputs);
    layers.set(node.name, {
      kernel: values(inputs * outputs, -most, most),
      bias: values(outputs, -0.1, 0.3),
      ...(node.op === "conv" && {
        statistics: {
          mean: values(outputs, -0.1, 0.3),
          standardDeviation: values(outputs, 0.5, 1),
        },
      }),
    });
  }
  return {
    architecture,
    variant,
    labels: Array.from(
      { length: architecture.classes },
      (_, i) => `class ${i}`,
    ),
    preprocessing: KERAS_PREPROCESSING,
    weights: (name) => layers.get(name)!,
  };
}
