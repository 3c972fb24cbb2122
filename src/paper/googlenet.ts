import { type Graph, INPUT } from "../model/graph.ts";
import { buildGraph, type LayerBuilder } from "../model/layer_builder.ts";

/**
 * GoogLeNet, the first Inception network: "Going deeper with convolutions" (arXiv
 * 1409.4842), Table 1, without batch norm. Its local response normalization, which has no
 * weights, is omitted.
 */
export function googLeNet(): Graph {
  return buildGraph([224, 224, 3], { batchNorm: false }, (net) => {
    const { conv, maxPool } = net;
    const halve = (name: string, x: string) => maxPool(name, x, 3, 2, "same");

    let x = conv("conv1", INPUT, 64, 7, 2); // 112
    x = halve("pool1", x); // 56
    x = conv("conv2_reduce", x, 64, 1);
    x = conv("conv2", x, 192, 3);
    x = halve("pool2", x); // 28
    x = inception(net, "inception_3a", x, 64, [96, 128], [16, 32], 32);
    x = inception(net, "inception_3b", x, 128, [128, 192], [32, 96], 64);
    x = halve("pool3", x); // 14
    x = inception(net, "inception_4a", x, 192, [96, 208], [16, 48], 64);
    x = inception(net, "inception_4b", x, 160, [112, 224], [24, 64], 64);
    x = inception(net, "inception_4c", x, 128, [128, 256], [24, 64], 64);
    x = inception(net, "inception_4d", x, 112, [144, 288], [32, 64], 64);
    x = inception(net, "inception_4e", x, 256, [160, 320], [32, 128], 128);
    x = halve("pool4", x); // 7
    x = inception(net, "inception_5a", x, 256, [160, 320], [32, 128], 128);
    x = inception(net, "inception_5b", x, 384, [192, 384], [48, 128], 128);
    const features = net.globalAvgPool("pool5", x);
    const logits = net.dense("classifier", features, 1000, "linear");
    return { features, logits, probabilities: net.softmax("prob", logits) };
  });
}

/**
 * Figure 2(b). A pair has the channels of a branch's 1 x 1 reduction and of the layer
 * after it.
 */
function inception(
  { conv, maxPool, concat }: LayerBuilder,
  name: string,
  x: string,
  b1: number,
  [reduce3, b3]: readonly [number, number],
  [reduce5, b5]: readonly [number, number],
  poolChannels: number,
): string {
  const pool = maxPool(`${name}/pool`, x, 3, 1, "same");
  return concat(name, [
    conv(`${name}/1x1`, x, b1, 1),
    conv(`${name}/3x3`, conv(`${name}/3x3_reduce`, x, reduce3, 1), b3, 3),
    conv(`${name}/5x5`, conv(`${name}/5x5_reduce`, x, reduce5, 1), b5, 5),
    conv(`${name}/pool_proj`, pool, poolChannels, 1),
  ]);
}
