import type {
  CropAndResize,
  InceptionV3Options,
  Origins,
  PixelScale,
  Pooling,
  Variant,
} from "../../model/mod.ts";
import type {
  ForeignAffine,
  ForeignBatchNorm,
  ForeignTensor,
} from "./graph.ts";

/** The tensors that make one layer's weights, in our layouts. */
export interface ImportedLayer {
  /** `[height, width, inputs, outputs]`, or `[inputs, units]`. */
  readonly kernel: ForeignTensor;
  readonly bias?: ForeignTensor | undefined;
  /** What is applied to the layer's input values, first to last: folded into the kernel. */
  readonly before?: readonly ImportedScaling[] | undefined;
  /** What is applied to its result, first to last, before its activation. */
  readonly after?: readonly ImportedScaling[] | undefined;
}

/** Batch norm or its remains. */
export type ImportedScaling =
  | Omit<ForeignBatchNorm, "name" | "input">
  | Omit<ForeignAffine, "name" | "input">;

/** An Inception-v3 that was found in a file, by its wiring, names or order. */
export interface ImportedModel {
  readonly architecture: Omit<InceptionV3Options, "variant"> & {
    readonly classes: number;
  };
  /** The side of its input, if it is fixed. */
  readonly variant?: Variant | undefined;
  /** By the name of our graph's node. */
  readonly layers: ReadonlyMap<string, ImportedLayer>;
  /** How bytes become values, if the file says it. */
  readonly pixels?: PixelScale | undefined;
  /** Whether Totem exported it, so that its input is bytes and no option can say else. */
  readonly isExported?: boolean | undefined;
  /** What else the file says of the way that photos enter. */
  readonly geometry?: Partial<CropAndResize> | undefined;
  /** The classes' names in the file. */
  readonly labels?: readonly string[] | undefined;
  /** Where they stand, for errors: `"labels.txt in its archive"`. */
  readonly labelsFrom?: string | undefined;
  /** What a file beside it says. */
  readonly beside?: BesideModel | undefined;
  /** What is assumed where nobody says it: the library's own habits. */
  readonly usual: CropAndResize & PixelScale;
  /** Whether it was chosen among the networks of its file. */
  readonly isChosen?: boolean | undefined;
  /** Of the architecture and the variant; the file itself unless given. */
  readonly origins?: Origins | undefined;
}

/** What files beside a model say of it, such as timm's `config.json`. */
export interface BesideModel {
  readonly labels?: readonly string[] | undefined;
  /** The classes' ids, in the order of the labels. */
  readonly classIds?: readonly string[] | undefined;
  /** What has the labels, for errors: `"label_names in config.json beside the model"`. */
  readonly labelsFrom?: string | undefined;
  /** How bytes become values. */
  readonly pixels?: PixelScale | undefined;
  readonly geometry?: Partial<CropAndResize> | undefined;
  readonly pooling?: Pooling | undefined;
  readonly variant?: Variant | undefined;
  /** Of the weights, as it is called there. */
  readonly license?: string | undefined;
}
