/**
 * Where the activations of a graph lie while it is computed in int8, in one arena.
 *
 * Activations are NHWC codes of a byte. A concatenation is memory into which its
 * inputs write, each its own channels. Where a reader pads, the memory has a
 * frame of zeros around the pixels; what follows a row is the end of its frame
 * and the start of the next row's:
 *
 *     0 0 0 0 0 0
 *     0 x x x x 0
 *       x x x x 0
 *       x x x x 0
 *       0 0 0 0 0
 *
 * @module
 */
import {
  type Graph,
  inferShapes,
  INPUT,
  type Node,
  nodeInputs,
  type Shape,
} from "../../model/mod.ts";
import { GraphError } from "../../errors.ts";
import { samePadding } from "../../model/shapes.ts";
import { planArena } from "./arena.ts";

/** Memory of one activation, or of several beside each other. */
export interface Storage {
  /** `[height, width, channels]` */
  readonly shape: Shape;
  /** Channels, padded to 4. */
  readonly pixelBytes: number;
  /** From a row's first pixel to the next row's. */
  readonly rowBytes: number;
  /** The frame's height above and below, in pixels. */
  readonly frameY: number;
  /** The frame's width beside a row, in pixels. */
  readonly frameX: number;
  /** From the arena's start to the first pixel inside of the frame. */
  readonly offset: number;
}

/** Some channels of a {@linkcode Storage}. */
export interface Slice {
  readonly storage: Storage;
  /** The first channel. */
  readonly channel: number;
  readonly channels: number;
}

/** Where activations lie. */
export interface Places {
  /**
   * When each node runs: after all levels before, in any order with the others of
   * its own. The image's is -1.
   */
  readonly levelOf: ReadonlyMap<string, number>;
  /** By the name of the node; of the image, too. */
  readonly slices: ReadonlyMap<string, Slice>;
  /** Memory with a frame, which is to be zeros from the level `birth` on. */
  readonly framed: readonly {
    readonly storage: Storage;
    readonly birth: number;
  }[];
  /** Of the arena. */
  readonly bytes: number;
}

/**
 * Places the activations of `nodes` in an arena.
 *
 * @param nodes In the order in which they run, or as their levels allow.
 * @throws {GraphError} When an activation can't be part of one memory only.
 */
export function placeActivations(
  graph: Graph,
  nodes: readonly Node[],
): Places {
  const levelOf = levelsOf(nodes);
  const shapes = inferShapes(graph);
  // Of a concatenation's inputs: its owner and where in it they begin.
  // Readers come after, so that from the back owners are known before.
  const owners = new Map<string, { owner: string; channel: number }>();
  for (const node of nodes.toReversed()) {
    if (node.op !== "concat") continue;
    const own = owners.get(node.name) ?? { owner: node.name, channel: 0 };
    let { channel } = own;
    for (const name of node.inputs) {
      if (owners.has(name) || name === INPUT) {
        throw new GraphError(
          `Cannot plan "${node.name}" as it must be the only concatenation of its inputs: "${name}" is elsewhere too`,
        );
      }
      owners.set(name, { owner: own.owner, channel });
      channel += shapes.get(name)![2];
    }
  }
  const ownerOf = (name: string) => owners.get(name)?.owner ?? name;

  // What is known of each memory before it has a place.
  const frames = new Map<string, [y: number, x: number]>();
  const lifetimes = new Map<string, { birth: number; death: number }>();
  const touch = (name: string, level: number) => {
    const owner = ownerOf(name);
    const { birth, death } = lifetimes.get(owner) ??
      { birth: level, death: level };
    lifetimes.set(owner, {
      birth: Math.min(birth, level),
      death: Math.max(death, level),
    });
    return owner;
  };
  touch(INPUT, -1);
  for (const node of nodes) {
    if (node.op === "concat" || node.op === "dense" || node.op === "softmax") {
      continue;
    }
    const level = levelOf.get(node.name)!;
    const owner = touch(node.input, level);
    if (node.op === "globalAvgPool") continue;
    touch(node.name, level);
    const [height, width, channels] = shapes.get(node.input)!;
    const kernel = node.op === "conv" ? node.kernel : [node.size, node.size];
    const isWhole = shapes.get(owner)![2] === channels;
    if (node.op === "conv" && !isWhole) {
      throw new GraphError(
        `Cannot plan "${node.name}" as it must read all channels of "${owner}"`,
      );
    }
    if (node.padding === "valid") continue;
    const [y, x] = frames.get(owner) ?? [0, 0];
    frames.set(owner, [
      Math.max(y, ...samePadding(height, kernel[0]!, node.stride)),
      Math.max(x, ...samePadding(width, kernel[1]!, node.stride)),
    ]);
  }

  const names = [...lifetimes.keys()];
  const storages = names.map((name) =>
    storageOf(shapes.get(name)!, ...frames.get(name) ?? [0, 0])
  );
  const arena = planArena(names.map((name, i) => ({
    ...lifetimes.get(name)!,
    bytes: storages[i]!.bytes,
  })));
  const placed = new Map(names.map((name, i) => {
    const { bytes: _, ...storage } = storages[i]!;
    const offset = arena.offsets[i]! + storage.offset;
    return [name, { ...storage, offset }];
  }));
  const slices = new Map<string, Slice>();
  for (const name of [INPUT, ...nodes.map(({ name }) => name)]) {
    const storage = placed.get(ownerOf(name));
    if (storage === undefined) continue; // A vector.
    const channel = owners.get(name)?.channel ?? 0;
    slices.set(name, { storage, channel, channels: shapes.get(name)![2] });
  }
  return {
    levelOf,
    slices,
    framed: [...frames.keys()].map((name) => ({
      storage: placed.get(name)!,
      birth: lifetimes.get(name)!.birth,
    })),
    bytes: arena.bytes,
  };
}

/** The level of each node: the least after those of what it reads. */
function levelsOf(nodes: readonly Node[]): ReadonlyMap<string, number> {
  const levelOf = new Map([[INPUT, -1]]);
  for (const node of nodes) {
    const after = Math.max(...nodeInputs(node).map((it) => levelOf.get(it)!));
    // A concatenation is done when its inputs are.
    levelOf.set(node.name, node.op === "concat" ? after : after + 1);
  }
  return levelOf;
}

/** An activation's memory, as if it started the arena. */
function storageOf(
  shape: Shape,
  frameY: number,
  frameX: number,
): Storage & { readonly bytes: number } {
  const [height, width, channels] = shape;
  const pixelBytes = Math.ceil(channels / 4) * 4;
  const rowBytes = (width + frameX) * pixelBytes;
  return {
    shape,
    pixelBytes,
    rowBytes,
    frameY,
    frameX,
    offset: frameY * rowBytes + frameX * pixelBytes,
    bytes: frameX * pixelBytes + (height + 2 * frameY) * rowBytes,
  };
}
