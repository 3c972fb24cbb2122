/**
 * Inception-v3 as a graph of plain data, with its variants, shapes and cost. Nothing
 * here runs a network.
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
export {
  type Activation,
  type AvgPoolNode,
  type ConcatNode,
  type ConvNode,
  type DenseNode,
  type FlattenNode,
  type GlobalAvgPoolNode,
  type GlobalMaxPoolNode,
  type Graph,
  INPUT,
  isWeighted,
  type MaxPoolNode,
  type Node,
  nodeInputs,
  type NodeOf,
  nodesFor,
  type Outputs,
  type Padding,
  type Shape,
  type SigmoidNode,
  type SoftmaxNode,
  type UnaryNode,
  type WeightedNode,
  type WindowNode,
} from "./graph.ts";
export {
  type AnswerActivation,
  type BlockName,
  type InceptionV3Options,
  MIN_SIZE,
  type Pooling,
  type Variant,
} from "./inception_options.ts";
export { inceptionV3 } from "./inception_v3.ts";
export { GraphError } from "../errors.ts";
export { inferShapes } from "./shapes.ts";
export { type Cost, cost, type NodeCost } from "./cost.ts";
export {
  type Fact,
  type ModelMetadata,
  modelMetadata,
  type PoolRule,
} from "./model_metadata.ts";
export type {
  ChannelStatistics,
  CropAndResize,
  CropRule,
  LayerWeights,
  MetadataField,
  Network,
  Origin,
  Origins,
  PerChannel,
  PixelScale,
  Preprocessing,
} from "./network.ts";
export {
  type CalibrationMetadata,
  isQuantized,
  type QuantizedLayer,
  type QuantizedNetwork,
} from "./quantized_network.ts";
