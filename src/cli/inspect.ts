import {
  cost,
  type Graph,
  inceptionV3,
  type ModelMetadata,
  modelMetadata,
  type Network,
  type Node,
  type Variant,
} from "../model/mod.ts";
import { networkGraph } from "../model/network_graph.ts";
import { metadataLines } from "../model/describe_metadata.ts";
import { type Command, parseNone } from "./command.ts";
import {
  type Format,
  FORMAT_OPTIONS,
  formatOf,
  resultTable,
} from "./format_option.ts";
import { count, flag, text, variant } from "./option_kinds.ts";
import { UsageError } from "./options.ts";
import { compareNetworks, compareRewrites } from "./inspect_paper.ts";
import { alignRows } from "../text/text_table.ts";
import { loadNetwork } from "./load_network.ts";
import {
  NETWORK_HELP,
  NETWORK_OPTIONS,
  networkMetadata,
} from "./network_options.ts";
import { PREPROCESSING_OPTIONS } from "./preprocessing_options.ts";
import type { Terminal } from "./terminal.ts";

/** `totem inspect` */
export const inspect: Command = {
  summary: "Show a network's layers and their cost",
  help: `\
Usage: totem inspect [options]

Shows Inception-v3 layer by layer: the activation shape as height x width x
channels, multiply-adds and parameters.

Options:
  --model SOURCE     Name from totem models, or path or URL of a model file or
                     its folder: .safetensors, .h5, .keras, .pth, .onnx,
                     .tflite, .pb or model.json. Also shows the model's input
                     and output
  --variant NAME     Input size: full (299 pixels), low151, low79, or a size in
                     pixels (default: what the model says, else full)
  --classes N        Number of classes (default: 1000)
  --auxiliary        Include the auxiliary classifier
  --compare          Show the cost of other networks instead, next to the
                     published figures
  --factorize        Show the savings of each factorization in the paper instead
  --svg FILE         With --factorize: draw a chart, an .svg
  --format NAME      Print text, json, csv or tsv (default: text). csv and tsv
                     have one row per layer (layer, kind, height, width,
                     channels, multiplyAdds, parameters); with --compare per
                     network, and with --factorize per form of a layer
  --json             Same as --format json: one object per line, the totals last

Model options:
${NETWORK_HELP}

Example:
  totem inspect --variant low151`,
  async run(args, io) {
    const values = parseNone(args, {
      model: text(),
      variant: variant(),
      ...NETWORK_OPTIONS,
      classes: count(undefined, 1),
      auxiliary: flag,
      compare: flag,
      factorize: flag,
      svg: text(),
      ...FORMAT_OPTIONS,
    });
    const { json: _, format: _format, ...others } = values;
    const format = formatOf(values, "text");
    if (values.compare) {
      assertOnly("compare", others, []);
      compareNetworks(io, format);
    } else if (values.factorize) {
      assertOnly("factorize", others, ["svg"]);
      await compareRewrites(io, format, values.svg);
    } else if (values.svg !== undefined) {
      throw new UsageError("Cannot draw --svg FILE without --factorize");
    } else if (values.model !== undefined) {
      const used = ["variant", ...Object.keys(NETWORK_OPTIONS)];
      assertOnly("model", others, used);
      const network = await loadNetwork(
        io,
        values.model,
        networkMetadata(values),
      );
      showModel(io, network, values.variant, format);
    } else {
      assertNoInput(values);
      showLayers(
        io,
        inceptionV3({
          variant: values.variant ?? "full",
          classes: values.classes ?? 1000,
          auxiliary: values.auxiliary,
          pooling: values.pooling ?? "mean",
          activation: values.activation ?? "softmax",
        }),
        format,
      );
    }
    return 0;
  },
};

/** Shows a model's layers, and the metadata of its input and output. */
function showModel(
  io: Terminal,
  network: Network,
  asked: Variant | undefined,
  format: Format,
): void {
  const metadata = modelMetadata(network, asked);
  showLayers(io, networkGraph(network, asked), format, metadata);
}

/** @throws {UsageError} When there are options that `mode` doesn't use. */
function assertOnly(
  mode: string,
  values: Readonly<Record<string, unknown>>,
  used: readonly string[],
): void {
  const unused = Object.keys(values).find((it) =>
    values[it] !== undefined && values[it] !== false &&
    it !== mode && !used.includes(it)
  );
  if (unused === undefined) return;
  throw new UsageError(`Cannot use --${unused} with --${mode}`);
}

/** @throws {UsageError} When preprocessing options are given without a model. */
function assertNoInput(values: Readonly<Record<string, unknown>>): void {
  const unused = Object.keys(PREPROCESSING_OPTIONS)
    .find((it) => values[it] !== undefined);
  if (unused === undefined) return;
  throw new UsageError(`Cannot use --${unused} without --model`);
}

/** The columns of `csv` and `tsv`. */
const COLUMNS = [
  "layer",
  "kind",
  "height",
  "width",
  "channels",
  "multiplyAdds",
  "parameters",
] as const;

function showLayers(
  io: Terminal,
  graph: Graph,
  format: Format,
  metadata?: ModelMetadata,
): void {
  const { nodes, multiplyAdds, parameters, activationBytes } = cost(graph);
  if (format === "csv" || format === "tsv") {
    const table = resultTable(io, format, COLUMNS);
    for (const { node, shape, multiplyAdds, parameters } of nodes) {
      const [channels, width, height] = shape.toReversed();
      const kind = describe(node);
      const costs = { multiplyAdds, parameters };
      table.add({ layer: node.name, kind, height, width, channels, ...costs });
    }
    return;
  }
  if (format === "json") {
    for (const { node, ...costs } of nodes) {
      io.printJson({ ...node, ...costs });
    }
    io.printJson({ multiplyAdds, parameters, activationBytes, metadata });
    return;
  }
  const rows = nodes.map(({ node, shape, ...costs }) => [
    node.name,
    describe(node),
    shape.join(" x "),
    grouped(costs.multiplyAdds),
    grouped(costs.parameters),
  ]);
  const total = ["total", "", "", grouped(multiplyAdds), grouped(parameters)];
  const heads = ["layer", "", "activation", "multiply-adds", "parameters"];
  const [head, ...lines] = alignRows(
    [heads, ...rows, total],
    ["left", "left", "right", "right", "right"],
  );
  io.print(
    io.paint("dim", head!),
    ...lines.slice(0, -1),
    io.paint("bold", lines.at(-1)!),
  );
  io.print(
    `activations: ${(activationBytes / 2 ** 20).toFixed(1)} MiB in f32, input ${
      graph.input.join(" x ")
    }`,
  );
  if (metadata === undefined) return;
  const [input, output] = metadataLines(metadata);
  io.print(`input       ${input}`);
  io.print(`output      ${output}`);
}

function describe(node: Node): string {
  switch (node.op) {
    case "conv":
      return `conv ${node.kernel.join("x")}${step(node.stride)}`;
    case "maxPool":
      return `max pool ${node.size}x${node.size}${step(node.stride)}`;
    case "avgPool":
      return `average pool ${node.size}x${node.size}${step(node.stride)}`;
    case "globalAvgPool":
      return "global average pool";
    case "globalMaxPool":
      return "global max pool";
    default:
      return node.op;
  }
}

function step(stride: number): string {
  return stride === 1 ? "" : ` / ${stride}`;
}

function grouped(count: number): string {
  return count.toLocaleString("en");
}
