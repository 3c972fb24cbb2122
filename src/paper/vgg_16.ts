import { type Graph, INPUT } from "../model/graph.ts";
import { buildGraph } from "../model/layer_builder.ts";

/**
 * VGG-16: "Very deep convolutional networks for large-scale image recognition" (arXiv
 * 1409.1556), Table 1, configuration D.
 */
export function vgg16(): Graph {
  return buildGraph([224, 224, 3], { batchNorm: false }, (net) => {
    let x = INPUT;
    const stages = [[2, 64], [2, 128], [3, 256], [3, 512], [3, 512]] as const;
    for (const [i, [depth, channels]] of stages.entries()) {
      for (let layer = 1; layer <= depth; layer++) {
        x = net.conv(`conv${i + 1}_${layer}`, x, channels, 3);
      }
      x = net.maxPool(`pool${i + 1}`, x, 2, 2); // 112, 56, 28, 14, 7
    }
    x = net.dense("fc6", x, 4096, "relu");
    const features = net.dense("fc7", x, 4096, "relu");
    const logits = net.dense("fc8", features, 1000, "linear");
    return { features, logits, probabilities: net.softmax("prob", logits) };
  });
}
