import type { ConcatNode, Node } from "../../model/mod.ts";
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignConcat, ForeignGraph } from "./graph.ts";
import { chainAt, isRelu } from "./nodes.ts";

/** The names of the nodes that a concatenation joins; nested concatenations are flattened. */
export function partsOf(
  nodes: ReadonlyMap<string, Node>,
  { inputs }: ConcatNode,
): readonly string[] {
  return inputs.flatMap((name) => {
    const node = nodes.get(name);
    return node?.op === "concat" ? partsOf(nodes, node) : [name];
  });
}

/** An input of a file's concatenation. */
interface ForeignPart {
  /** The key of its node. */
  readonly key: string;
  /** Whether ReLU is applied to it later. */
  readonly positive: boolean;
}

/** An upper bound: no concatenation of ours joins more. */
const MAX_PARTS = 16;

/**
 * Like {@linkcode partsOf}, for a file's node: some exporters write one concatenation where
 * others write two.
 *
 * @param positive Whether ReLU is applied to the result.
 */
export function foreignParts(
  graph: ForeignGraph,
  concat: ForeignConcat,
  positive: boolean,
): readonly ForeignPart[] {
  let left = MAX_PARTS;
  const join = (
    { inputs }: ForeignConcat,
    positive: boolean,
  ): ForeignPart[] =>
    inputs.flatMap((key) => {
      if (left-- === 0) {
        throw new CorruptWeightsError(
          `Cannot find Inception-v3 in the ${graph.format} as its ${graph.noun} "${concat.name}" must join <= ${MAX_PARTS} results: it joins more`,
        );
      }
      const { links, base } = chainAt(graph, key);
      return base.op === "concat" && links.every(isRelu)
        ? join(base, positive || links.length > 0)
        : [{ key, positive }];
    });
  return join(concat, positive);
}
