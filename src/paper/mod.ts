/**
 * The costs that the paper on Inception-v3 (arXiv 1512.00567) compares: of other
 * networks, and of layers before and after its factorizations.
 * `totem inspect --compare` and `--factorize` show them. Nothing here runs a network.
 *
 * @example Inception-v3 takes a third of VGG-16's multiply-adds
 * ```ts
 * import { cost, inceptionV3 } from "@totem/inception/model";
 * import { networkCost, vgg16 } from "@totem/inception/paper";
 *
 * const { multiplyAdds } = cost(inceptionV3());
 * console.log(multiplyAdds / networkCost(vgg16()).multiplyAdds); // 0.37
 * ```
 *
 * @module
 */
export {
  type AddNode,
  type CostGraph,
  type CostNode,
  networkCost,
} from "./cost_graph.ts";
export { googLeNet } from "./googlenet.ts";
export { inceptionV2 } from "./inception_v2.ts";
export { resNet152 } from "./resnet_152.ts";
export { type Rewrite, rewrites } from "./rewrites.ts";
export { vgg16 } from "./vgg_16.ts";
