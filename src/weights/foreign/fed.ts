/**
 * Formats that don't say what their input is fed. What a file computes of it first tells
 * it mostly: of bytes, of 0..1 or of another range it makes one that networks take.
 *
 * @module
 */
import type { PixelScale, Preprocessing } from "../../model/mod.ts";
import { KERAS_PREPROCESSING } from "../keras/preprocessing.ts";
import { IMAGENET_PREPROCESSING } from "../torchvision.ts";
import type { ForeignGraph, ForeignNode } from "./graph.ts";
import type { ImportedModel, ImportedScaling } from "./imported.ts";
import { matchInceptionV3 } from "./match.ts";
import { channelScaling, scalingTensors } from "./scaling.ts";

/** A byte itself. */
export const BYTES: PixelScale = { scale: [1, 1, 1], offset: [0, 0, 0] };

const UP_TO_1: PixelScale = {
  scale: [1 / 255, 1 / 255, 1 / 255],
  offset: [0, 0, 0],
};

/** What first convolutions take, and so what a file makes of its input. */
const TAKEN = [KERAS_PREPROCESSING, UP_TO_1, IMAGENET_PREPROCESSING];
/** What files are fed. */
const FED = [BYTES, ...TAKEN];

/** How far values may be from those of {@linkcode TAKEN}: (x - 128) / 128 is 0.008. */
const NEAR = 0.01;

/**
 * As {@linkcode matchInceptionV3}.
 *
 * @param habit What the users of the tool feed: assumed unless the file's first nodes tell.
 */
export function matchFed(
  graph: Omit<ForeignGraph, "fed">,
  habit: Preprocessing,
): ImportedModel {
  const fed = fedOf(graph.nodes, habit);
  return matchSaid({ ...graph, fed: fed ?? habit }, habit, fed !== undefined);
}

/** @param isSaid Whether the file says what it is fed. */
export function matchSaid(
  graph: ForeignGraph,
  { crop, resize }: Preprocessing,
  isSaid = true,
): ImportedModel {
  const { pixels: _, ...model } = matchInceptionV3(graph, { crop, resize });
  const { scale, offset } = model.usual;
  return { ...model, ...isSaid && { pixels: { scale, offset } } };
}

/** What the input is fed, if a common range makes of it what networks take. */
function fedOf(
  nodes: ReadonlyMap<string, ForeignNode>,
  habit: PixelScale,
): PixelScale | undefined {
  const scalings = firstScalings(nodes);
  const counts = scalings.flatMap(scalingTensors)
    .map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  if (scalings.length === 0 || counts.some((it) => it !== 1 && it !== 3)) {
    return undefined;
  }
  const own = channelScaling("the image", scalings, 3);
  return [habit, ...FED].find((fed) =>
    TAKEN.some((taken) =>
      [0, 1, 2].every((c) =>
        [0, 255].every((byte) => {
          const value = byte * fed.scale[c]! + fed.offset[c]!;
          const result = value * own.scale[c]! + own.offset[c]!;
          const expected = byte * taken.scale[c]! + taken.offset[c]!;
          return Math.abs(result - expected) < NEAR;
        })
      )
    )
  );
}

/** Those of the image itself, before anything else reads it. */
function firstScalings(
  nodes: ReadonlyMap<string, ForeignNode>,
): readonly ImportedScaling[] {
  const readers = new Map<string, string[]>();
  let key: string | undefined;
  for (const [name, node] of nodes) {
    if (node.op === "input") key = name;
    if (!("input" in node)) continue;
    readers.get(node.input)?.push(name) ?? readers.set(node.input, [name]);
  }
  const scalings: ImportedScaling[] = [];
  // No more than there are nodes: a file may go round in circles.
  for (let steps = nodes.size; key !== undefined && steps > 0; steps--) {
    const [reader, second] = readers.get(key) ?? [];
    const node = reader === undefined ? undefined : nodes.get(reader);
    if (node === undefined || second !== undefined) break;
    if (node.op === "affine" || node.op === "batchNorm") scalings.push(node);
    else if (node.op !== "identity") break;
    key = reader;
  }
  return scalings;
}
