import { assertOptions, type OptionNames } from "../argument.ts";
import {
  type Graph,
  inferShapes,
  type Network,
  type Variant,
} from "../model/mod.ts";
import { networkGraph } from "../model/network_graph.ts";
import { elementCount } from "../model/shapes.ts";
import { assertNetwork } from "../network_arguments.ts";
import {
  ACTIVATION_KEY,
  LABELS_KEY,
  PREPROCESSING_KEY,
} from "../weights/foreign/exported_facts.ts";

/** Options of `exportOnnx` and `exportTflite`. */
export interface ExportOptions {
  /** The input size of the file. Unless given, the network's own, or `"full"`. */
  readonly variant?: Variant | undefined;
}

const EXPORT_OPTIONS: OptionNames<ExportOptions> = { variant: true };

/** An output of the file. */
export interface ExportedOutput {
  /** The name of our node. */
  readonly node: string;
  /** The name in the file. */
  readonly name: "features" | "probabilities" | "logits";
  /** The number of its values. */
  readonly count: number;
}

/** The contents of an exported file, without the weights. */
export interface ExportedModel {
  readonly graph: Graph;
  readonly outputs: readonly ExportedOutput[];
  /** Metadata by key. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Checks the arguments, and prepares the contents of the file. */
export function exportedModel(
  network: Network,
  options: ExportOptions,
  layout: "NCHW" | "NHWC",
): ExportedModel {
  assertNetwork("export a network", network);
  assertOptions("export a network", options, EXPORT_OPTIONS);
  const architecture = { ...network.architecture, auxiliary: false };
  const graph = networkGraph({ ...network, architecture }, options.variant);
  const { crop, resize } = network.preprocessing;
  const preprocessing = {
    size: graph.input[0],
    layout,
    channels: "RGB",
    values: "0..255",
    crop,
    resize,
  };
  const metadata = new Map([[
    PREPROCESSING_KEY,
    JSON.stringify(preprocessing),
  ]]);
  const { classes = 1000, activation = "softmax" } = architecture;
  if (classes > 0) metadata.set(ACTIVATION_KEY, activation);
  if (hasNames(network)) {
    metadata.set(LABELS_KEY, JSON.stringify(network.labels));
  }
  return { graph, outputs: outputsOf(graph), metadata };
}

/** Whether the classes have real names. Placeholder names aren't written. */
export function hasNames({ labels }: Pick<Network, "labels">): boolean {
  return labels.some((it, i) => it !== `class ${i}`);
}

function outputsOf(graph: Graph): readonly ExportedOutput[] {
  const shapes = inferShapes(graph);
  const { features, probabilities, logits } = graph.outputs;
  const output = (
    node: string,
    name: ExportedOutput["name"],
  ): ExportedOutput => ({ node, name, count: elementCount(shapes.get(node)!) });
  return [
    output(features, "features"),
    ...probabilities !== undefined
      ? [output(probabilities, "probabilities")]
      : logits !== undefined
      ? [output(logits, "logits")]
      : [],
  ];
}

/** The names of nodes in the file: outputs are renamed, other nodes keep their names. */
export function valueNames(
  outputs: readonly ExportedOutput[],
): (node: string) => string {
  const names = new Map(outputs.map(({ node, name }) => [node, name]));
  return (node) => names.get(node) ?? node;
}
