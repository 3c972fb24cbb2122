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

/** The result of matching a graph's blocks with ours. */
export interface MatchedBlocks {
  /** The convolutions, by our names. */
  readonly layers: ReadonlyMap<string, ImportedLayer>;
  /** The scalings that the graph applies to the image. */
  readonly scalings: readonly ImportedScaling[];
  /** Whether its average pools count the padded zeros. */
  readonly countIncludePad: boolean;
  /** `"max"` if the last block has a max pool where ours has an average pool. */
  readonly lastPool: "max" | undefined;
}

/** A node of the file that was matched with one of ours. */
interface Pair {
  readonly base: ForeignNode;
  readonly scalings: readonly Link[];
  /** Whether ReLU is applied to its result, by itself or by the reader it was matched for. */
  readonly positive: boolean;
}

/**
 * Compares everything that the node `grid` depends on with our blocks. Each pair of nodes is
 * compared once, or twice if only one reader applies a ReLU, and no node may match two of
 * ours. So a hostile graph can't make the walk longer than our graph.
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

  /** @param above Whether the reader of the node applies ReLU to its values. */
  const walk = (name: string, key: string, above: boolean): void => {
    const node = nodes.get(name); // The image has no node.
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
      // ReLU and max pooling commute.
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

/** The number of ReLUs that are applied last. Several have the effect of one. */
function countRelus(links: readonly Link[]): number {
  const at = links.findIndex((it) => !isRelu(it));
  return at < 0 ? links.length : at;
}

/** Throws if the node can't have these links: only the image and convolutions are scaled. */
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
