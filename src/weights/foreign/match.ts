import { CorruptWeightsError } from "../../errors.ts";
import { BLOCKS } from "../../model/inception_options.ts";
import {
  type BlockName,
  type CropAndResize,
  inceptionV3,
  inferShapes,
  type Shape,
} from "../../model/mod.ts";
import type { ForeignGraph, ForeignPool, ForeignTensor } from "./graph.ts";
import type { ImportedLayer, ImportedModel } from "./imported.ts";
import { walkBlocks } from "./match_blocks.ts";
import { scaleFeatures } from "./scale_features.ts";
import { type ForeignHead, readHead } from "./match_head.ts";
import { pixelScale, surveyStem } from "./match_input.ts";
import { hasPadding } from "./match_layer.ts";
import { foreignParts, partsOf } from "./match_parts.ts";
import { chainAt, nodeText } from "./nodes.ts";

/**
 * Finds Inception-v3 in another tool's graph by its wiring: walks both graphs backwards from
 * the answer, in parallel. Names don't matter. The error for a node that computes something
 * else names the node. The only tensors read here are those that scale the image or the
 * features.
 *
 * @param usual The tool's usual crop and resize, which no graph states.
 */
export function matchInceptionV3(
  graph: ForeignGraph,
  usual: CropAndResize,
): ImportedModel {
  const head = readHead(graph);
  const { convolutions, width, variant } = surveyStem(graph, head.grid);
  const lastBlock = lastBlockOf(graph, head.grid, convolutions);
  const units = head.dense.map(({ kernel }) => unitsOf(graph, kernel));
  const architecture = {
    classes: units.pop() ?? 0, // The file may end before the classifier.
    hiddenUnits: units,
    widthMultiplier: width / 32,
    ...lastBlock !== "Mixed_7c" && { lastBlock },
    ...head.pooling && head.pooling !== "mean" && { pooling: head.pooling },
    ...head.activation === "sigmoid" && { activation: head.activation },
  };
  const ours = inceptionV3({ ...architecture, variant: variant ?? "full" });
  const blocks = walkBlocks(graph, ours, head.grid);
  const grid = inferShapes(ours).get(ours.outputs.activations!)!;
  if (head.window !== undefined) assertCovers(graph, head.window, grid);
  if (head.pooling === "flatten" && variant === undefined) {
    throw new CorruptWeightsError(
      `Cannot import the ${graph.format} as the size of its image must be fixed where all activations are features: it takes any`,
    );
  }
  const layers = new Map(blocks.layers);
  const before = scaleFeatures(graph, ours, layers, head.before);
  const dense = denseLayers(head, grid);
  if (dense[0]) dense[0] = { ...dense[0], before };
  for (const { op, name } of ours.nodes) {
    if (op === "dense") layers.set(name, dense.shift()!);
  }
  const { scalings, countIncludePad, lastPool } = blocks;
  const pixels = pixelScale(graph, scalings);
  return {
    architecture: {
      ...architecture,
      countIncludePad,
      ...lastPool && { lastPool },
    },
    variant,
    layers,
    ...scalings.length > 0 && { pixels },
    usual: { ...usual, ...pixels },
    origins: {
      ...head.pooling === undefined && { pooling: "assumed" },
      ...architecture.classes > 0 && head.activation === undefined &&
        { activation: "assumed" },
    },
  };
}

/**
 * The block whose end follows exactly this number of convolutions. If there is none, the
 * file's graph is wrong: then returns the last block that joins the same number of parts,
 * from which the walk finds and reports the difference.
 */
function lastBlockOf(
  graph: ForeignGraph,
  grid: string,
  convolutions: number,
): BlockName {
  const { base } = chainAt(graph, grid);
  const parts = base.op === "concat"
    ? foreignParts(graph, base, false).length
    : 0;
  const ours = inceptionV3();
  const nodes = new Map(ours.nodes.map((node) => [node.name, node]));
  let similar: BlockName = "Mixed_7c";
  let count = 0;
  for (const node of ours.nodes) {
    if (node.op === "conv") count++;
    const block = BLOCKS.find((it) => it === node.name);
    if (block === undefined || node.op !== "concat") continue;
    if (count === convolutions) return block;
    if (partsOf(nodes, node).length === parts) similar = block;
  }
  return similar;
}

function unitsOf(graph: ForeignGraph, { name, shape }: ForeignTensor): number {
  const units = shape[1] ?? 0;
  if (shape.length === 2 && Number.isSafeInteger(units) && units >= 1) {
    return units;
  }
  throw new CorruptWeightsError(
    `Cannot import the ${graph.format} as the shape of the dense kernel "${name}" must be [inputs, units]: it is [${shape}]`,
  );
}

/** Refuses a pool whose result has more than one pixel. */
function assertCovers(
  graph: ForeignGraph,
  window: ForeignPool,
  [height, width]: Shape,
): void {
  const { size, padding, stride } = window;
  // SAME adds no padding if there is only one window.
  const isOne = padding === "same" && stride[0] >= height && stride[1] >= width;
  const isPadded = !isOne && hasPadding(padding, size);
  if (size[0] === height && size[1] === width && !isPadded) return;
  throw new CorruptWeightsError(
    `Cannot import ${
      nodeText(graph, window)
    } as a pool before the dense layers must cover the grid, [${height},${width}]: its size is [${size}]${
      isPadded ? " with padding" : ""
    }`,
  );
}

function denseLayers(
  { dense, channelsFirst }: ForeignHead,
  [height, width, channels]: Shape,
): ImportedLayer[] {
  const [first, ...others] = dense;
  if (first === undefined || !channelsFirst) return [...dense];
  const { kernel } = first;
  const read = () => {
    const values = kernel.read();
    const units = kernel.shape[1]!;
    const result = new Float32Array(values.length);
    const pixels = height * width;
    for (let c = 0; c < channels; c++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const row = (c * pixels + pixel) * units;
        const to = (pixel * channels + c) * units;
        result.set(values.subarray(row, row + units), to);
      }
    }
    return result;
  };
  return [{ ...first, kernel: { ...kernel, read } }, ...others];
}
