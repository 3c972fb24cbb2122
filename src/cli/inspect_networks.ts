import {
  cost,
  type CostGraph,
  googLeNet,
  inceptionV2,
  inceptionV3,
  resNet152,
  vgg16,
} from "../model/mod.ts";
import { alignRows } from "../text_table.ts";
import type { Terminal } from "./terminal.ts";

/** What has been published of a network's cost. */
interface Published {
  readonly multiplyAdds: number;
  /** `null` where the source doesn't say. */
  readonly parameters: number | null;
  readonly source: string;
}

const NETWORKS: readonly [
  name: string,
  graph: () => CostGraph,
  published: Published,
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

/** Where ours and the published differ by more than rounding, and why. */
const NOTES = `\
All are counted in one way: multiplications with an addition, in convolutions and
dense layers. It gives what is published of GoogLeNet, VGG-16 (15.3 G are its
convolutions) and ResNet-152. Where it doesn't, the network is another one:
- Inception-v3 is the released network, whose 5.7 G others count too. The paper's
  4.8 G are of one whose filters it doesn't list.
- Inception-v2 is the paper's Table 1 with a 7 x 7 stem. The table doesn't list the
  filters inside its blocks: those of the released Inception-v3 are taken.
- GoogLeNet's parameters add up to 7 M; the 5 M are the paper's own words.
Of batch norm 3 values a channel are counted; others count 2 or 4.`;

/** `totem inspect --compare` */
export function compareNetworks(terminal: Terminal, json: boolean): void {
  const rows = NETWORKS.map(([name, make, published]) => {
    const graph = make();
    const { multiplyAdds, parameters } = cost(graph);
    return { name, input: graph.input, multiplyAdds, parameters, published };
  });
  if (json) {
    for (const row of rows) terminal.printJson(row);
    return;
  }
  const least = rows[0]!.multiplyAdds;
  const [head, ...lines] = alignRows([
    [
      "network",
      "input",
      "multiply-adds",
      "published",
      "of GoogLeNet's",
      "parameters",
      "published",
    ],
    ...rows.map(({ name, input, multiplyAdds, parameters, published }) => [
      name,
      input.join(" x "),
      multiplyAdds.toLocaleString("en"),
      `${(published.multiplyAdds / 1e9).toFixed(1)} G`,
      `${(multiplyAdds / least).toFixed(1)} x`,
      parameters.toLocaleString("en"),
      published.parameters === null ? "" : `${published.parameters / 1e6} M`,
    ]),
  ], ["left", "left", "right", "right", "right", "right", "right"]);
  terminal.print(
    terminal.paint("dim", head!),
    ...lines,
    "",
    ...NOTES.split("\n"),
  );
}
