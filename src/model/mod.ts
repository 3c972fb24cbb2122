/**
 * What is computed: Inception-v3 as a graph of plain data, its variants, shapes
 * and cost, and other networks to compare its cost with. Nothing here runs a
 * network or needs a runtime.
 *
 * @example Where the multiply-adds go
 * ```ts
 * import { cost, inceptionV3 } from "@totem/inception/model";
 *
 * const { nodes, multiplyAdds } = cost(inceptionV3({ variant: "low151" }));
 * for (const { node, shape, multiplyAdds: part } of nodes) {
 *   console.log(node.name, shape.join("x"), part / multiplyAdds);
 * }
 * ```
 *
 * @module
 */
export * from "./graph.ts";
export * from "./inception_v3.ts";
export * from "./shapes.ts";
export * from "./cost.ts";
export * from "./model_facts.ts";
export * from "./network.ts";
export * from "./quantized_network.ts";
export * from "./ranges.ts";
export { googLeNet } from "./networks/googlenet.ts";
export { inceptionV2 } from "./networks/inception_v2.ts";
export { resNet152 } from "./networks/resnet_152.ts";
export { vgg16 } from "./networks/vgg_16.ts";
export * from "./rewrites.ts";
