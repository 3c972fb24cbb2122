import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignNode } from "../foreign/graph.ts";
import {
  type Image,
  newImage,
  scaledImage,
  sizeOf,
  withSize,
} from "./image.ts";

/** Characters of all names. Those of Keras's Inception-v3 in another model have 10,000. */
const MAX_NAMES = 2 ** 18;

/** The nodes of a graph as they are found, and what is known of their values. */
export function createNodeList() {
  const nodes = new Map<string, ForeignNode>();
  /** What is an image, by the keys of nodes. */
  const images = new Map<string, Image>();
  /** The keys of nodes with one value a channel. */
  const vectors = new Set<string>();
  /** The image of the first convolution. */
  let stem: Image | undefined;
  let nameLength = 0;

  const add = (node: ForeignNode): string => {
    if (nodes.has(node.name)) {
      throw new CorruptWeightsError(
        `Cannot import the Keras model as two layers have the name "${node.name}"`,
      );
    }
    nameLength += node.name.length;
    if (nameLength > MAX_NAMES) {
      throw new CorruptWeightsError(
        `Cannot import the Keras model as the names of its layers must have <= ${MAX_NAMES} characters: they have more`,
      );
    }
    nodes.set(node.name, node);
    return node.name;
  };
  const sizeIn = (shape: unknown, layer: string) =>
    sizeOf(shape, `the shape of the Keras layer "${layer}"`);
  return {
    imageAt: (key: string) => images.get(key),
    isVector: (key: string) => vectors.has(key),
    /** The outermost model's input. */
    addInput(name: string, shape: unknown): string {
      const size = sizeIn(shape, name);
      images.set(name, newImage(name, size));
      return add({ op: "input", name, size });
    },
    /** An inner model's input layer, which stands for `key`: it may say the size. */
    addInnerInput(key: string, name: string, shape: unknown): void {
      const image = images.get(key);
      if (image !== undefined) {
        images.set(key, withSize(image, sizeIn(shape, name)));
      }
    },
    /** A layer that makes another image of its input. */
    addImage(name: string, input: string, image: Image): string {
      images.set(name, image);
      return add({ op: "identity", name, input });
    },
    /** A layer's nodes, of which the last is its result. */
    addLayer(made: readonly ForeignNode[], input: string): string {
      made.forEach(add);
      const first = made[0]!;
      const last = made.at(-1)!;
      const image = images.get(input);
      switch (first.op) {
        case "conv":
          stem ??= image;
          break;
        case "globalPool":
        case "flatten":
        case "dense":
          vectors.add(last.name);
          break;
        case "identity":
        case "batchNorm":
        case "activation":
        case "affine":
          if (vectors.has(input)) vectors.add(last.name);
          if (image === undefined || first.op === "activation") break;
          images.set(
            last.name,
            first.op === "affine" ? scaledImage(image, first) : image,
          );
      }
      return last.name;
    },
    /** All nodes, with the sizes that their images have at last. */
    finish() {
      for (const [name, node] of nodes) {
        if (node.op !== "input") continue;
        const { size } = stem?.input === name ? stem : images.get(name)!;
        nodes.set(name, { ...node, size });
      }
      return { nodes, stem };
    },
  };
}
