/**
 * Plans where the activations of a graph are stored in one arena while it runs in int8.
 *
 * Activations are NHWC codes of one byte. A concatenation is a buffer into which its
 * inputs write, each its own channels. If a reader needs padding, the buffer has a
 * frame of zeros around the pixels. The bytes after a row are the end of its own frame
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
  type AvgPoolNode,
  type ConvNode,
  type Graph,
  inferShapes,
  INPUT,
  type MaxPoolNode,
  type Node,
  nodeInputs,
  type Shape,
} from "../../model/mod.ts";
import { GraphError } from "../../errors.ts";
import { samePadding } from "../../model/shapes.ts";
import { align, type Lifetime, planArena } from "./arena.ts";

/** Memory of one activation, or of several side by side. */
export interface ActivationBuffer {
  /** `[height, width, channels]` */
  readonly shape: Shape;
  /** Channels, padded to a multiple of 4. */
  readonly pixelBytes: number;
  /** From a row's first pixel to the next row's. */
  readonly rowBytes: number;
  /** Height and width of the frame on each side, in pixels. */
  readonly frameY: number;
  readonly frameX: number;
  /** From the arena's start to the first pixel inside the frame. */
  readonly offset: number;
}

/** Some channels of an {@linkcode ActivationBuffer}. */
export interface Slice {
  readonly buffer: ActivationBuffer;
  /** The first channel. */
  readonly channel: number;
  readonly channels: number;
}

/** Consecutive f32 values. */
export interface Vector {
  /** From the start of the vectors, in bytes; a multiple of 64. */
  readonly offset: number;
  readonly length: number;
}

/** Where activations are stored, and when they are computed. Sizes are in bytes. */
export interface ActivationLayout {
  /**
   * The level of each node, by name. A node runs after all nodes of lower levels,
   * in any order with those of its own. The image has level -1.
   */
  readonly levels: ReadonlyMap<string, number>;
  /** By the name of the node, {@linkcode INPUT} included. */
  readonly places: ReadonlyMap<string, Slice | Vector>;
  /** Buffers with a frame, which must be zero from the level `firstUse` on. */
  readonly framed: readonly {
    readonly buffer: ActivationBuffer;
    readonly firstUse: number;
  }[];
  readonly arenaBytes: number;
  readonly vectorBytes: number;
}

/**
 * Plans the arena of a graph's activations.
 *
 * @param nodes The nodes to run, in an order in which they can run.
 * @throws {GraphError} When an activation can't be part of one buffer only.
 */
export function planActivations(
  graph: Graph,
  nodes: readonly Node[],
): ActivationLayout {
  const shapes = inferShapes(graph);
  const levels = assignLevels(nodes);
  const parts = assignParts(nodes, shapes);
  const uses = collectUses(nodes, shapes, levels, parts);
  const { buffers, arenaBytes } = allocateBuffers(shapes, uses);
  const places = new Map<string, Slice | Vector>();
  let vectorBytes = 0;
  for (const name of [INPUT, ...nodes.map((node) => node.name)]) {
    const { owner, channel } = parts.get(name)!;
    const buffer = buffers.get(owner);
    const [height, width, channels] = shapes.get(name)!;
    if (buffer) {
      places.set(name, { buffer, channel, channels });
    } else {
      const length = height * width * channels;
      places.set(name, { offset: vectorBytes, length });
      vectorBytes += align(4 * length);
    }
  }
  const framed = [...uses].filter(([, it]) => it.frameY > 0 || it.frameX > 0)
    .map(([name, { firstUse }]) => ({ buffer: buffers.get(name)!, firstUse }));
  return { levels, places, framed, arenaBytes, vectorBytes };
}

/** The level of each node: the lowest above those of its inputs. */
function assignLevels(nodes: readonly Node[]): ReadonlyMap<string, number> {
  const levels = new Map([[INPUT, -1]]);
  for (const node of nodes) {
    const after = Math.max(...nodeInputs(node).map((it) => levels.get(it)!));
    // A concatenation is done when its inputs are.
    levels.set(node.name, node.op === "concat" ? after : after + 1);
  }
  return levels;
}

/** The buffer that an activation is part of, by the name of its node. */
interface Part {
  readonly owner: string;
  readonly channel: number;
}

/** Puts the inputs of each concatenation into its buffer. */
function assignParts(
  nodes: readonly Node[],
  shapes: ReadonlyMap<string, Shape>,
): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>();
  // From the back, so that an owner is known before the parts of its buffer.
  for (const node of nodes.toReversed()) {
    const own = parts.get(node.name) ?? { owner: node.name, channel: 0 };
    parts.set(node.name, own);
    if (node.op !== "concat") continue;
    let { channel } = own;
    for (const name of node.inputs) {
      if (parts.has(name) || name === INPUT) {
        throw new GraphError(
          `Cannot plan "${node.name}" as it must be the only concatenation of its inputs: "${name}" is elsewhere too`,
        );
      }
      parts.set(name, { owner: own.owner, channel });
      channel += shapes.get(name)![2];
    }
  }
  return parts.set(INPUT, { owner: INPUT, channel: 0 });
}

/** The levels at which a buffer is used, and the frame that its readers need. */
interface Use extends Omit<Lifetime, "bytes"> {
  readonly frameY: number;
  readonly frameX: number;
}

/** How each buffer is used, by its owner. */
function collectUses(
  nodes: readonly Node[],
  shapes: ReadonlyMap<string, Shape>,
  levels: ReadonlyMap<string, number>,
  parts: ReadonlyMap<string, Part>,
): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>();
  const use = (name: string, level: number, frameY = 0, frameX = 0) => {
    const { owner } = parts.get(name)!;
    const known = uses.get(owner);
    uses.set(owner, {
      firstUse: Math.min(known?.firstUse ?? level, level),
      lastUse: Math.max(known?.lastUse ?? level, level),
      frameY: Math.max(known?.frameY ?? 0, frameY),
      frameX: Math.max(known?.frameX ?? 0, frameX),
    });
  };
  use(INPUT, -1);
  for (const node of nodes) {
    const level = levels.get(node.name)!;
    switch (node.op) {
      case "globalAvgPool":
      case "globalMaxPool":
      case "flatten":
        use(node.input, level);
        break;
      case "conv":
      case "maxPool":
      case "avgPool": {
        const shape = shapes.get(node.input)!;
        const { owner } = parts.get(node.input)!;
        if (node.op === "conv" && shapes.get(owner)![2] !== shape[2]) {
          throw new GraphError(
            `Cannot plan "${node.name}" as it must read all channels of "${owner}"`,
          );
        }
        const [y, x] = windowPadding(node, shape);
        use(node.input, level, Math.max(...y), Math.max(...x));
        use(node.name, level);
        break;
      }
      default: // A concatenation computes nothing; the other nodes read vectors.
    }
  }
  return uses;
}

/** Pixels of padding before and after an input of `shape`, on both axes. */
export function windowPadding(
  node: ConvNode | MaxPoolNode | AvgPoolNode,
  [height, width]: Shape,
) {
  const { padding, stride } = node;
  if (padding === "valid") return [[0, 0], [0, 0]] as const;
  const [y, x] = node.op === "conv" ? node.kernel : [node.size, node.size];
  return [
    samePadding(height, y, stride),
    samePadding(width, x, stride),
  ] as const;
}

/** Allocates the buffers; those that aren't used at the same time may overlap. */
function allocateBuffers(
  shapes: ReadonlyMap<string, Shape>,
  uses: ReadonlyMap<string, Use>,
) {
  const sized = Array.from(uses, ([name, use]) => {
    const shape = shapes.get(name)!;
    const [height, width, channels] = shape;
    const { frameY, frameX } = use;
    const pixelBytes = Math.ceil(channels / 4) * 4;
    const rowBytes = (width + frameX) * pixelBytes;
    const bytes = frameX * pixelBytes + (height + 2 * frameY) * rowBytes;
    const buffer = { shape, pixelBytes, rowBytes, frameY, frameX };
    return { ...use, name, buffer, bytes };
  });
  const { offsets, bytes: arenaBytes } = planArena(sized);
  const buffers = new Map(sized.map(({ name, buffer }, i) => {
    const { frameY, frameX, rowBytes, pixelBytes } = buffer;
    const offset = offsets[i]! + frameY * rowBytes + frameX * pixelBytes;
    return [name, { ...buffer, offset }];
  }));
  return { buffers, arenaBytes };
}
