import type { PoolRule, Preprocessing } from "../../model/mod.ts";

/** The presets of torchvision's `Inception_V3_Weights`. */
const GEOMETRY = {
  crop: { kind: "resize", to: 342, size: 299 },
  resize: "antialiased",
} as const;

/**
 * The published weights' preprocessing: 0..255 to -1..1.
 *
 * They were ported from TensorFlow and kept its range. torchvision normalizes with
 * ImageNet's mean and standard deviation, and its pretrained model undoes this
 * (`transform_input`); timm's `tv_in1k`, `tf_in1k` and `tf_adv_in1k` have a mean and
 * standard deviation of 0.5 (`timm/models/inception_v3.py`).
 */
export const TORCHVISION_PREPROCESSING: Preprocessing = {
  ...GEOMETRY,
  scale: [1 / 127.5, 1 / 127.5, 1 / 127.5],
  offset: [-1, -1, -1],
};

/**
 * ImageNet's mean (0.485, 0.456, 0.406) and standard deviation (0.229, 0.224, 0.225):
 * for timm's `gluon_in1k`, and for networks that were trained from scratch by
 * torchvision's recipe, without `transform_input`.
 */
export const IMAGENET_PREPROCESSING: Preprocessing = {
  ...GEOMETRY,
  scale: [1 / (255 * 0.229), 1 / (255 * 0.224), 1 / (255 * 0.225)],
  offset: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
};

/** pytorch-fid's preprocessing, which doesn't crop. */
export const FID_PREPROCESSING: Preprocessing = {
  ...TORCHVISION_PREPROCESSING,
  crop: { kind: "squash" },
  resize: "half-pixel",
};

/**
 * The defaults of a network whose pools an option sets. pytorch-fid's crop and resize
 * belong to its pools: with other ones, features look like FID's and aren't.
 */
export function usualForPools(
  usual: Preprocessing,
  pools: PoolRule | undefined,
): Preprocessing {
  const isFid = usual.crop === FID_PREPROCESSING.crop;
  if (pools === undefined || isFid === (pools === "fid")) return usual;
  const { crop, resize } = isFid
    ? TORCHVISION_PREPROCESSING
    : FID_PREPROCESSING;
  return { ...usual, crop, resize };
}
