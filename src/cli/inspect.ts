import { cost, type CostNode, inceptionV3 } from "../model/mod.ts";
import {
  type Command,
  expectNoPositionals,
  parse,
  parseCount,
  parseVariant,
} from "./command.ts";
import { alignRows } from "../text_table.ts";
import { paint, print } from "./terminal.ts";

/** `totem inspect` */
export const inspect: Command = {
  summary: "Show the network's layers and what they cost",
  help: `\
Usage: totem inspect [options]

Shows Inception-v3 layer by layer: the shape of its activation as
height x width x channels, multiply-adds and parameters.

Options:
  --variant NAME     full (299 pixels), low151, low79, or a size in pixels
                     (default: full)
  --classes N        Classes of the classifier (default: 1000)
  --auxiliary        With the auxiliary classifier
  --json             One JSON object a line, the totals last

Example:
  totem inspect --variant low151`,
  run(args) {
    const { values, positionals } = parse(args, {
      variant: { type: "string", default: "full" },
      classes: { type: "string", default: "1000" },
      auxiliary: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    expectNoPositionals(positionals);
    const graph = inceptionV3({
      variant: parseVariant(values.variant),
      classes: parseCount("classes", values.classes, 1),
      auxiliary: values.auxiliary,
    });
    const { nodes, multiplyAdds, parameters, activationBytes } = cost(graph);
    if (values.json) {
      for (const { node, ...costs } of nodes) {
        print(JSON.stringify({ ...node, ...costs }));
      }
      print(JSON.stringify({ multiplyAdds, parameters, activationBytes }));
      return Promise.resolve(0);
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
    print(paint("dim", head!));
    for (const line of lines.slice(0, -1)) print(line);
    print(paint("bold", lines.at(-1)!));
    print(
      `activations: ${
        (activationBytes / 2 ** 20).toFixed(1)
      } MiB in f32, input ${graph.input.join(" x ")}`,
    );
    return Promise.resolve(0);
  },
};

function describe(node: CostNode): string {
  switch (node.op) {
    case "conv":
      return `conv ${node.kernel.join("x")}${step(node.stride)}`;
    case "maxPool":
      return `max pool ${node.size}x${node.size}${step(node.stride)}`;
    case "avgPool":
      return `average pool ${node.size}x${node.size}${step(node.stride)}`;
    case "globalAvgPool":
      return "global average pool";
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
