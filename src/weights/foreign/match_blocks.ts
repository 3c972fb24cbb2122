import type { Graph, Node } from "../../model/mod.ts";
import type { ForeignGraph, ForeignNode, ForeignPool } from "./graph.ts";
import type { ImportedLayer, ImportedScaling } from "./imported.ts";
import {
  assertConv,
  assertWindow,
  mismatch,
  wrongKind,
} from "./match_layer.ts";
import { foreignParts, partsOf } from "./match_parts.ts";
import {
  chainAt,
  isRelu,
  isScaling,
  kindOf,
  type Link,
  scalingsOf,
} from "./nodes.ts";

/** What a graph's blocks are, besides ours. */
export interface MatchedBlocks {
  /** The convolutions, by our names. */
  readonly layers: ReadonlyMap<string, ImportedLayer>;
  /** What the graph does to the image first. */
  readonly scalings: readonly ImportedScaling[];
  /** Whether padded zeros count in its average pools. */
  readonly countIncludePad: boolean;
  /** If it isn't a pool of averages as ours. */
  readonly lastPool: "max" | undefined;
}

/** A node of the file that stands for one of ours. */
interface Pair {
  readonly base: ForeignNode;
  readonly scalings: readonly Link[];
  /** Whether it counted on a ReLU that one of its readers applies. */
  readonly positive: boolean;
}

/**
 * Compares all that the node `grid` needs with our blocks. Each pair of nodes is compared
 * once, or twice if only one reader applies a ReLU, and no node stands for two of ours: a
 * hostile graph can't make the walk longer than ours.
 */
export function walkBlocks(
  graph: ForeignGraph,
  ours: Graph,
  grid: string,
): MatchedBlocks {
  const nodes = new Map(ours.nodes.map((node) => [node.name, node]));
  const layers = new Map<string, ImportedLayer>();
  const pairs = new Map<string, Pair>();
  const names = new Map<ForeignNode, string>();
  let image: readonly Link[] = [];
  let countIncludePad: boolean | undefined;
  let lastPool: "max" | undefined;

  /** @param above Whether what reads the node applies ReLU to its values. */
  const walk = (name: string, key: string, above: boolean): void => {
    const node = nodes.get(name); // None is the image.
    const { links, base } = chainAt(graph, key);
    const relus = node === undefined ? 0 : countRelus(links);
    const scalings = links.slice(relus);
    const positive = above || relus > 0;
    assertLinks(graph, name, node, scalings);

    const known = pairs.get(name);
    if (
      known !== undefined &&
      (known.base !== base || !isSameList(known.scalings, scalings))
    ) {
      const must = `"${known.base.name}" stands for it elsewhere`;
      throw mismatch(graph, base, name, must);
    }
    if (known !== undefined && (positive || !known.positive)) return;
    pairs.set(name, { base, scalings, positive });
    const other = names.get(base) ?? name;
    if (other !== name) {
      throw mismatch(graph, base, name, `it stands for "${other}", too`);
    }
    names.set(base, name);

    if (node === undefined && base.op === "input") {
      image = scalings;
    } else if (node?.op === "conv" && base.op === "conv") {
      assertConv(graph, base, node, positive);
      const { kernel, bias } = base;
      layers.set(name, { kernel, bias, after: scalingsOf(scalings) });
      walk(node.input, base.input, false);
    } else if (node?.op === "maxPool" && isPool(base, "max")) {
      assertWindow(graph, base, node);
      // The maximum of what ReLU gives is what ReLU gives of the maximum.
      walk(node.input, base.input, positive);
    } else if (node?.op === "avgPool" && isPool(base, "mean")) {
      assertWindow(graph, base, node);
      const counts = base.countIncludePad ?? false;
      countIncludePad ??= counts;
      if (counts !== countIncludePad) {
        const must =
          "padding must count in all average pools or in none: in this one it ";
        throw mismatch(graph, base, name, must + (counts ? "does" : "doesn't"));
      }
      walk(node.input, base.input, false);
    } else if (
      node?.op === "avgPool" && isPool(base, "max") &&
      name.startsWith("Mixed_7c/")
    ) {
      assertWindow(graph, base, node);
      lastPool = "max";
      walk(node.input, base.input, positive);
    } else if (node?.op === "concat" && base.op === "concat") {
      const parts = foreignParts(graph, base, positive);
      const names = partsOf(nodes, node);
      if (parts.length !== names.length) {
        const must =
          `it must join ${names.length} results: it joins ${parts.length}`;
        throw mismatch(graph, base, name, must);
      }
      for (const [i, part] of parts.entries()) {
        walk(names[i]!, part.key, part.positive);
      }
    } else {
      throw wrongKind(graph, base, name, node);
    }
  };
  walk(ours.outputs.activations!, grid, false);
  return {
    layers,
    scalings: scalingsOf(image),
    countIncludePad: countIncludePad ?? false,
    lastPool,
  };
}

/** ReLUs that are applied last; several are as one. */
function countRelus(links: readonly Link[]): number {
  const at = links.findIndex((it) => !isRelu(it));
  return at < 0 ? links.length : at;
}

/** Throws unless links may belong to the node: only an image and a convolution are scaled. */
function assertLinks(
  graph: ForeignGraph,
  name: string,
  node: Node | undefined,
  links: readonly Link[],
): void {
  const isLayer = node === undefined || node.op === "conv";
  const wrong = links.find((it) => !isLayer || !isScaling(it));
  const [last] = links;
  if (wrong !== undefined && wrong !== last && isRelu(wrong)) {
    const must = `nothing may come after its activation: it is ${
      kindOf(last!)
    }`;
    throw mismatch(graph, last!, name, must);
  }
  if (wrong?.op === "activation" && isLayer) {
    const expected = node === undefined ? "linear" : node.activation;
    const must =
      `its activation must be ${expected}: it is ${wrong.activation}`;
    throw mismatch(graph, wrong, name, must);
  }
  if (wrong !== undefined) throw wrongKind(graph, wrong, name, node);
}

function isPool(
  node: ForeignNode,
  kind: ForeignPool["kind"],
): node is ForeignPool {
  return node.op === "pool" && node.kind === kind;
}

function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((it, i) => it === b[i]);
}
