import { INPUT } from "../model/graph.ts";
import { layerBuilder } from "../model/layer_builder.ts";
import type { CostGraph, CostNode } from "./cost_graph.ts";

/**
 * ResNet-152: "Deep residual learning for image recognition" (arXiv 1512.03385), Table 1.
 * The stride is in the first convolution of a block, as in that paper, not in the second,
 * as in later ones.
 */
export function resNet152(): CostGraph {
  const nodes: CostNode[] = [];
  const net = layerBuilder((node) => nodes.push(node), {});
  const conv = (
    name: string,
    input: string,
    channels: number,
    kernel: number,
    stride: number,
    activation: "relu" | "linear",
  ) => net.conv(name, input, channels, kernel, stride, "same", activation);

  let x = conv("conv1", INPUT, 64, 7, 2, "relu"); // 112
  x = net.maxPool("pool1", x, 3, 2, "same"); // 56
  for (const [i, depth] of [3, 8, 36, 3].entries()) { // 56, 28, 14, 7
    const channels = 64 * 2 ** i;
    for (let block = 1; block <= depth; block++) {
      const name = `conv${i + 2}_${block}`;
      const isFirst = block === 1;
      const stride = isFirst && i > 0 ? 2 : 1;
      const shortcut = isFirst
        ? conv(`${name}/shortcut`, x, 4 * channels, 1, stride, "linear")
        : x;
      x = conv(`${name}/1x1_reduce`, x, channels, 1, stride, "relu");
      x = conv(`${name}/3x3`, x, channels, 3, 1, "relu");
      x = conv(`${name}/1x1_increase`, x, 4 * channels, 1, 1, "linear");
      nodes.push({ op: "add", name, inputs: [shortcut, x] });
      x = name;
    }
  }
  const features = net.globalAvgPool("pool5", x);
  const logits = net.dense("fc1000", features, 1000, "linear");
  const probabilities = net.softmax("prob", logits);
  return {
    input: [224, 224, 3],
    nodes,
    outputs: { features, logits, probabilities },
  };
}
