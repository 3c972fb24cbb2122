import { type Graph, INPUT } from "../model/graph.ts";
import {
  blockA,
  blockB,
  blockC,
  blockD,
  blockE,
} from "../model/inception_blocks.ts";
import { buildGraph } from "../model/layer_builder.ts";

/**
 * Inception-v2: the network of arXiv 1512.00567's Table 1 without "factorized 7x7", which
 * replaced the first convolution by three 3 x 3 ones, and without the auxiliary
 * classifier.
 *
 * Table 1 doesn't list the filters inside its blocks, so those of the released
 * Inception-v3 are used.
 */
export function inceptionV2(): Graph {
  return buildGraph([299, 299, 3], {}, (net) => {
    const { conv, maxPool } = net;

    let x = conv("conv1", INPUT, 64, 7, 2, "valid"); // 147
    x = maxPool("pool1", x); // 73
    x = conv("conv2", x, 80, 3, 1, "valid"); // 71
    x = conv("conv3", x, 192, 3, 2, "valid"); // 35
    x = conv("conv4", x, 288, 3);
    for (const i of [1, 2, 3]) x = blockA(net, `mixed_35_${i}`, x, 64);
    x = blockB(net, "reduction_17", x); // 17
    for (const [i, inner] of [128, 160, 160, 160, 192].entries()) {
      x = blockC(net, `mixed_17_${i + 1}`, x, inner);
    }
    x = blockD(net, "reduction_8", x); // 8
    for (const i of [1, 2]) x = blockE(net, `mixed_8_${i}`, x);
    const features = net.globalAvgPool("pool2", x);
    const logits = net.dense("logits", features, 1000, "linear");
    const probabilities = net.softmax("predictions", logits);
    return { features, logits, probabilities };
  });
}
