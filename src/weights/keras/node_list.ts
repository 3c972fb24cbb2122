import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignNode } from "../foreign/graph.ts";
import {
  type Image,
  newImage,
  scaledImage,
  sizeOf,
  withSize,
} from "./image.ts";

/** Maximum characters in all names. Keras's Inception-v3, nested in a model, has 10,000. */
const MAX_NAMES = 2 ** 18;

/** Collects the nodes of a graph, and tracks which values are images or vectors. */
export function createNodeList() {
  const nodes = new Map<string, ForeignNode>();
  /** The images, by node key. */
  const images = new Map<string, Image>();
  /** The keys of nodes whose result is a vector. */
  const vectors = new Set<string>();
  /** The image that the first convolution reads. */
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
    /** Adds the outermost model's input. */
    addInput(name: string, shape: unknown): string {
      const size = sizeIn(shape, name);
      images.set(name, newImage(name, size));
      return add({ op: "input", name, size });
    },
    /** Notes an inner model's input layer, which stands for `key` and may state a size. */
    addInnerInput(key: string, name: string, shape: unknown): void {
      const image = images.get(key);
      if (image !== undefined) {
        images.set(key, withSize(image, sizeIn(shape, name)));
      }
    },
    /** Adds a layer whose result is the image `image`. */
    addImage(name: string, input: string, image: Image): string {
      images.set(name, image);
      return add({ op: "identity", name, input });
    },
    /** Adds a layer's nodes. The last one is its result. */
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
    /** All nodes, the inputs with the final size of their image. */
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
