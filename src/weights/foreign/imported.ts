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

/** The tensors of one layer's weights, in our layouts. */
export interface ImportedLayer {
  /** `[height, width, inputs, outputs]`, or `[inputs, units]`. */
  readonly kernel: ForeignTensor;
  readonly bias?: ForeignTensor | undefined;
  /** Scalings of the layer's input, first to last; to be folded into the kernel and bias. */
  readonly before?: readonly ImportedScaling[] | undefined;
  /** Scalings of its result, first to last, before its activation. */
  readonly after?: readonly ImportedScaling[] | undefined;
}

/** Batch norm, or the scale and offset that it was reduced to. */
export type ImportedScaling =
  | Omit<ForeignBatchNorm, "name" | "input">
  | Omit<ForeignAffine, "name" | "input">;

/** An Inception-v3 found in a file, by its wiring, layer names or layer order. */
export interface ImportedModel {
  readonly architecture: Omit<InceptionV3Options, "variant"> & {
    readonly classes: number;
  };
  /** The side of its input, if it is fixed. */
  readonly variant?: Variant | undefined;
  /** By node name in our graph. */
  readonly layers: ReadonlyMap<string, ImportedLayer>;
  /** How bytes become values, if the file says so. */
  readonly pixels?: PixelScale | undefined;
  /** Whether Totem exported it: its input is then bytes, and options can't change that. */
  readonly isExported?: boolean | undefined;
  /** How images are cropped and resized, as far as the file says. */
  readonly geometry?: Partial<CropAndResize> | undefined;
  /** The class names in the file. */
  readonly labels?: readonly string[] | undefined;
  /** The source of the labels, for errors: `"labels.txt in its archive"`. */
  readonly labelsFrom?: string | undefined;
  /** The contents of a file beside it. */
  readonly beside?: BesideModel | undefined;
  /** The defaults for anything that no file and no option states: the library's own. */
  readonly usual: CropAndResize & PixelScale;
  /** Whether an option chose it among the networks of its file. */
  readonly isChosen?: boolean | undefined;
  /** Sources of the architecture and the variant; the file itself by default. */
  readonly origins?: Origins | undefined;
}

/** Facts from files beside a model, such as timm's `config.json`. */
export interface BesideModel {
  readonly labels?: readonly string[] | undefined;
  /** The class ids, in the order of the labels. */
  readonly classIds?: readonly string[] | undefined;
  /** The source of the labels, for errors: `"label_names in config.json beside the model"`. */
  readonly labelsFrom?: string | undefined;
  /** How bytes become values. */
  readonly pixels?: PixelScale | undefined;
  readonly geometry?: Partial<CropAndResize> | undefined;
  readonly pooling?: Pooling | undefined;
  readonly variant?: Variant | undefined;
  /** The license of the weights, as written in that file. */
  readonly license?: string | undefined;
}
