import { inceptionV3 } from "../model/inception_v3.ts";
import { type CostGraph, networkCost } from "./cost_graph.ts";
import { googLeNet } from "./googlenet.ts";
import { inceptionV2 } from "./inception_v2.ts";
import { resNet152 } from "./resnet_152.ts";
import { vgg16 } from "./vgg_16.ts";

/** The published cost of a network. */
interface PublishedCost {
  readonly multiplyAdds: number;
  /** `null` if the source doesn't state it. */
  readonly parameters: number | null;
  readonly source: string;
}

const NETWORKS: readonly [
  name: string,
  graph: () => CostGraph,
  published: PublishedCost,
][] = [
  ["GoogLeNet", googLeNet, {
    multiplyAdds: 1.5e9,
    parameters: 5e6,
    source: "arXiv 1512.00567, Table 3 and section 1",
  }],
  ["Inception-v2", inceptionV2, {
    multiplyAdds: 3.8e9,
    parameters: null,
    source: "arXiv 1512.00567, Table 3",
  }],
  ["Inception-v3", inceptionV3, {
    multiplyAdds: 4.8e9,
    parameters: 25e6,
    source: "arXiv 1512.00567, Table 3 and abstract: fewer than 25 M",
  }],
  ["VGG-16", vgg16, {
    multiplyAdds: 15.3e9,
    parameters: 138e6,
    source: "arXiv 1512.03385, section 4.1, and 1409.1556, Table 2",
  }],
  ["ResNet-152", resNet152, {
    multiplyAdds: 11.3e9,
    parameters: null,
    source: "arXiv 1512.03385, Table 1",
  }],
];

/**
 * The costs of Inception-v3 and the networks that it is compared with, as counted here
 * and as published.
 */
export function networkCosts() {
  return NETWORKS.map(([name, make, published]) => {
    const graph = make();
    const { multiplyAdds, parameters } = networkCost(graph);
    return { name, input: graph.input, multiplyAdds, parameters, published };
  });
}
