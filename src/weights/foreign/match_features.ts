import { CorruptWeightsError } from "../../errors.ts";
import type { Pooling } from "../../model/mod.ts";
import type { ForeignDense, ForeignGraph, ForeignPool } from "./graph.ts";
import type { ImportedScaling } from "./imported.ts";
import { isFactor, isPositiveFactor } from "./scale_features.ts";
import {
  assertNoScaling,
  chainAt,
  isRelu,
  isScaling,
  kindOf,
  type Link,
  nodeText,
  scalingsOf,
  unknownKind,
} from "./nodes.ts";

/** How the last block's result becomes features. */
export interface ForeignFeatures {
  /** `undefined` if the file ends with the block. */
  readonly pooling: Pooling | undefined;
  /** A pool whose window must cover the grid. */
  readonly window?: ForeignPool;
  /** Whether the features are all activations, flattened channel by channel. */
  readonly channelsFirst?: boolean;
  /** The scalings of the first dense layer's input. */
  readonly before: readonly ImportedScaling[];
  /** The key of the block's result. */
  readonly grid: string;
}

/**
 * Reads the node that turns the last block's result into features: a pool or a flattening.
 *
 * @param key The node that the first dense layer reads, or the answer if there is none.
 */
export function readFeatures(
  graph: ForeignGraph,
  key: string,
  dense: ForeignDense | undefined,
): ForeignFeatures {
  const { links, base } = chainAt(graph, key);
  if (base.op === "globalPool" || base.op === "pool") {
    const { grid, scalings } = readGrid(graph, base.input);
    if (base.kind === "max") {
      const others = scalings.filter((it) =>
        !isScaling(it) || !isPositiveFactor(it)
      );
      assertNoScaling(graph, others, "may come before the pool of maxima");
    }
    return {
      pooling: base.kind,
      ...base.op === "pool" && { window: base },
      before: scalingsBefore(graph, [...links, ...scalings], dense),
      grid,
    };
  }
  if (base.op === "other") throw unknownKind(graph, base);
  if (base.op !== "concat") {
    throw new CorruptWeightsError(
      `Cannot find Inception-v3 in the ${graph.format} as its answer is made of the ${graph.noun} "${base.name}" (${
        kindOf(base)
      }): behind the blocks there may be pooling, flattening, dense layers, batch norm and activations`,
    );
  }
  const at = links.findLastIndex((it) => it.op === "flatten");
  const flatten = links[at];
  if (flatten?.op !== "flatten") {
    if (dense !== undefined) {
      throw new CorruptWeightsError(
        `Cannot import ${
          nodeText(graph, dense)
        } as a dense layer must read what one pool or a flattening gives: it reads "${base.name}" (${
          kindOf(base)
        })`,
      );
    }
    const before = scalingsBefore(graph, links, dense);
    return { pooling: undefined, before, grid: key };
  }
  const { grid, scalings } = readGrid(graph, flatten.input);
  const upper = links.slice(0, at);
  const channelsFirst = flatten.order === "channel-height-width";
  if (channelsFirst) {
    // Their values would have to be reordered like the dense layer's rows.
    assertNoScaling(
      graph,
      upper,
      "may come between flattening and dense layer",
    );
  }
  return {
    pooling: "flatten",
    channelsFirst,
    before: scalingsBefore(graph, [...upper, ...scalings], dense),
    grid,
  };
}

/** The block's result below `key`, and the scalings in between. */
function readGrid(graph: ForeignGraph, key: string) {
  const { links, base } = chainAt(graph, key);
  const last = links.findLastIndex(isScaling);
  const other = links.find((it, i) => i <= last ? !isScaling(it) : !isRelu(it));
  if (other !== undefined) {
    throw new CorruptWeightsError(
      `Cannot import ${
        nodeText(graph, other)
      } as there may be batch norm alone between "${base.name}" and its pooling: it is ${
        kindOf(other)
      }`,
    );
  }
  const grid = links[last]?.input ?? key;
  return { grid, scalings: links.slice(0, last + 1) };
}

/**
 * The scalings of the features, to be folded into the first dense layer.
 *
 * @param links All links above the block's result, last applied first.
 */
function scalingsBefore(
  graph: ForeignGraph,
  links: readonly Link[],
  dense: ForeignDense | undefined,
): readonly ImportedScaling[] {
  const scalings = links.filter((it) => it.op !== "flatten");
  // Block results aren't negative, and neither are features: ReLU doesn't change them.
  while (scalings.length > 0 && isRelu(scalings.at(-1)!)) scalings.pop();
  const wrong = scalings.find((it) =>
    !isScaling(it) || dense === undefined && !isFactor(it)
  );
  if (wrong === undefined) return scalingsOf(scalings);
  throw new CorruptWeightsError(
    `Cannot import ${
      nodeText(graph, wrong)
    } as it must follow a dense layer: it is ${kindOf(wrong)} of the features`,
  );
}
