/**
 * Makes a whole Inception-v3 as a TensorFlow graph, in the forms of TensorFlow's
 * versions and tools.
 */
import {
  type Graph,
  inceptionV3,
  type InceptionV3Options,
  inferShapes,
  INPUT,
} from "../../../src/model/mod.ts";
import { randomNumbers } from "../../random.ts";
import { floats, image, node, type NodeOptions, whole } from "./graph_defs.ts";
import { filled } from "../../filled.ts";

export interface WholeOptions {
  readonly architecture?: InceptionV3Options;
  /** The form of batch norm. */
  readonly norm: "fused" | "first" | "arithmetic" | "bias" | "_FusedConv2D";
  /** How the activations become probabilities. */
  readonly head: "keras" | "slim";
}

/** The nodes, and the expected weights of each layer. */
export function wholeGraph({ architecture, norm, head }: WholeOptions) {
  const graph = inceptionV3({
    widthMultiplier: 1 / 32,
    classes: 5,
    variant: 75,
    ...architecture,
  });
  const shapes = inferShapes(graph);
  const random = randomNumbers(3);
  const values = (count: number, min: number, max: number) =>
    filled(Float32Array, count, () => min + random() * (max - min));
  const nodes: NodeOptions[] = [image(INPUT)];
  const expected = new Map<
    string,
    { kernel: Float32Array; bias: Float32Array }
  >();
  const { grid } = gridOf(graph);
  for (const it of graph.nodes) {
    const { name } = it;
    switch (it.op) {
      case "conv": {
        const [, , inputs] = shapes.get(it.input)!;
        const shape = [...it.kernel, inputs, it.channels];
        const count = shape.reduce((a, b) => a * b);
        const kernel = values(count, -1, 1);
        const window = {
          strides: [1, it.stride, it.stride, 1],
          padding: it.padding.toUpperCase(),
        };
        const vector = (min: number, max: number) =>
          values(it.channels, min, max);
        const [gamma, beta] = [vector(0.5, 1.5), vector(-1, 1)];
        const [mean, variance] = [vector(-1, 1), vector(0.5, 2)];
        const epsilon = 0.001;
        const isBias = norm === "bias" || norm === "_FusedConv2D";
        const scale = variance.map((it, c) =>
          isBias
            ? 1
            : (norm === "first" ? 1 : gamma[c]!) / Math.sqrt(it + epsilon)
        );
        const bias = beta.map((it, c) =>
          isBias ? it : it - mean[c]! * scale[c]!
        );
        expected.set(name, {
          kernel: kernel.map((it, i) => it * scale[i % scale.length]!),
          bias,
        });
        const part = (text: string) => `${name}/${text}`;
        const vectors = isBias ? { beta } : { gamma, beta, mean, variance };
        nodes.push(floats(part("kernel"), shape, kernel));
        for (const [key, list] of Object.entries(vectors)) {
          nodes.push(floats(part(key), [it.channels], list));
        }
        if (norm === "_FusedConv2D") {
          nodes.push(node(
            "_FusedConv2D",
            name,
            [it.input, part("kernel"), part("beta")],
            { ...window, fused_ops: ["BiasAdd", "Relu"], num_args: 1 },
          ));
          break;
        }
        nodes.push(
          node("Conv2D", part("conv"), [it.input, part("kernel")], window),
        );
        const read = (...keys: string[]) => keys.map(part);
        switch (norm) {
          case "fused":
            nodes.push(node(
              "FusedBatchNormV3",
              part("norm"),
              read("conv", "gamma", "beta", "mean", "variance"),
              { is_training: false, epsilon: { float: epsilon } },
            ));
            break;
          case "first":
            nodes.push(node(
              "BatchNormWithGlobalNormalization",
              part("norm"),
              read("conv", "mean", "variance", "beta", "gamma"),
              {
                variance_epsilon: { float: epsilon },
                scale_after_normalization: false,
              },
            ));
            break;
          case "bias":
            nodes.push(node("BiasAdd", part("norm"), read("conv", "beta")));
            break;
          case "arithmetic":
            nodes.push(
              floats(part("epsilon"), [], [epsilon]),
              node("AddV2", part("shifted"), read("variance", "epsilon")),
              node("Rsqrt", part("root"), read("shifted")),
              node("Mul", part("scale"), read("root", "gamma")),
              node("Mul", part("scaled mean"), read("mean", "scale")),
              node("Sub", part("offset"), read("beta", "scaled mean")),
              node("Mul", part("scaled"), read("conv", "scale")),
              node("AddV2", part("norm"), read("offset", "scaled")),
            );
        }
        nodes.push(node("Relu", name, read("norm")));
        break;
      }
      case "maxPool":
      case "avgPool":
        nodes.push(node(
          it.op === "maxPool" ? "MaxPool" : "AvgPool",
          name,
          [it.input],
          {
            ksize: [1, it.size, it.size, 1],
            strides: [1, it.stride, it.stride, 1],
            padding: it.padding.toUpperCase(),
          },
        ));
        break;
      case "concat":
        nodes.push(
          whole(`${name}/axis`, 3),
          node("ConcatV2", name, [...it.inputs, `${name}/axis`]),
        );
        break;
      case "globalAvgPool":
        if (head === "keras") {
          nodes.push(
            whole(`${name}/axes`, [1, 2]),
            node("Mean", name, [it.input, `${name}/axes`]),
          );
        } else {
          nodes.push(node("AvgPool", name, [it.input], {
            ksize: [1, ...grid, 1],
            strides: [1, 2, 2, 1],
            padding: "VALID",
          }));
        }
        break;
      case "dense": {
        const inputs = shapes.get(it.input)![2];
        const kernel = values(inputs * it.units, -1, 1);
        const bias = values(it.units, -1, 1);
        expected.set(name, { kernel, bias });
        const shape = [inputs, it.units];
        nodes.push(
          floats(
            `${name}/kernel`,
            head === "keras" ? shape : [1, 1, ...shape],
            kernel,
          ),
          floats(`${name}/bias`, [it.units], bias),
          head === "keras"
            ? node("MatMul", `${name}/product`, [it.input, `${name}/kernel`])
            : node("Conv2D", `${name}/product`, [it.input, `${name}/kernel`], {
              strides: [1, 1, 1, 1],
              padding: "SAME",
            }),
        );
        const sum = head === "keras" ? name : `${name}/sum`;
        nodes.push(
          node("BiasAdd", sum, [`${name}/product`, `${name}/bias`]),
        );
        if (head === "slim") {
          nodes.push(node("Squeeze", name, [sum], { squeeze_dims: [1, 2] }));
        }
        break;
      }
      case "softmax":
        if (head === "keras") {
          nodes.push(node("Softmax", name, [it.input]));
          break;
        }
        nodes.push(
          whole(`${name}/shape`, [-1, 5]),
          node("Reshape", `${name}/rows`, [it.input, `${name}/shape`]),
          node("Softmax", `${name}/softmax`, [`${name}/rows`]),
          node("Shape", `${name}/own`, [it.input]),
          node("Reshape", name, [`${name}/softmax`, `${name}/own`]),
        );
    }
  }
  return { nodes, expected, output: graph.nodes.at(-1)!.name };
}

function gridOf(graph: Graph) {
  const [height, width] = inferShapes(graph).get(graph.outputs.activations!)!;
  return { grid: [height, width] as const };
}
