/**
 * Describes a model's metadata in words, for people.
 *
 * @module
 */
import type {
  AnswerActivation,
  Pooling,
  Variant,
} from "./inception_options.ts";
import { describeScale, rounded } from "./describe_scale.ts";
import { inceptionV3 } from "./inception_v3.ts";
import type { ModelMetadata, PoolRule } from "./model_metadata.ts";
import type { MetadataField, Origin, Preprocessing } from "./network.ts";

/** Describes each fact. The input's size comes first. */
export function describeMetadata(
  metadata: ModelMetadata,
): Readonly<Record<MetadataField, string>> {
  const { variant, pixels, crop, resize, pools, pooling, hidden, activation } =
    metadata;
  return {
    variant: describeVariant(variant.value),
    pixels: pixels.value === null
      ? "pixels scaled in the weights"
      : `pixels ${describeScale(pixels.value)}`,
    crop: describeCrop(crop.value, sideOf(variant.value)),
    resize: `${resize.value} resize`,
    pools: POOL_RULES[pools.value],
    pooling: FEATURES[pooling.value],
    hidden: hidden.value === null
      ? "no hidden layers"
      : "ReLU in the classifier",
    activation: activation.value === null
      ? "no classes"
      : ANSWERS[activation.value],
  };
}

const POOL_RULES: Readonly<Record<PoolRule, string>> = {
  "padding-counted": "average pools count padding",
  "padding-left-out": "average pools leave padding out",
  fid: "pools of FID's network",
};

const FEATURES: Readonly<Record<Pooling, string>> = {
  mean: "mean pooling",
  max: "max pooling",
  flatten: "all activations as features",
};

const ANSWERS: Readonly<Record<AnswerActivation, string>> = {
  softmax: "softmax",
  sigmoid: "sigmoid (a probability for each class on its own)",
  none: "logits",
};

/** Describes the crop and the resizing of images. */
export function describeGeometry(
  { crop, resize }: Pick<ModelMetadata, "crop" | "resize">,
): string {
  return `${describeCrop(crop.value)}, ${resize.value} resize`;
}

/** Describes the input: `299 x 299, pixels -1..1, ...` */
export function describeInput(metadata: ModelMetadata): string {
  const { variant, pixels, crop, resize } = describeMetadata(metadata);
  return [variant, pixels, crop, resize].join(", ");
}

/** The metadata in two lines, with the origin of each fact. */
export function metadataLines(
  metadata: ModelMetadata,
): readonly [input: string, output: string] {
  const words = describeMetadata(metadata);
  const said = (...names: MetadataField[]) =>
    names.map((it) => `${words[it]}${NOTES[metadata[it].from]}`).join(", ");
  return [
    said("variant", "pixels", "crop", "resize"),
    said(
      "pools",
      "pooling",
      ...metadata.hidden.value === null ? [] : ["hidden"] as const,
      "activation",
    ),
  ];
}

const NOTES: Readonly<Record<Origin, string>> = {
  model: "",
  option: " (asked for)",
  assumed: " (assumed)",
  "assumed-earlier": " (assumed when made)",
};

function sideOf(variant: Variant): number {
  return inceptionV3({ variant }).input[0];
}

/** `151 x 151 (low151)` */
function describeVariant(variant: Variant): string {
  const side = sideOf(variant);
  const name = variant === "full" || typeof variant === "number"
    ? ""
    : ` (${variant})`;
  return `${side} x ${side}${name}`;
}

/** @param side The network's input side, if it may differ from that of the rule. */
function describeCrop(crop: Preprocessing["crop"], side?: number): string {
  switch (crop.kind) {
    case "squash":
      return "squashed to a square";
    case "center":
      return crop.fraction === 1
        ? "central crop"
        : `central crop of ${rounded(100 * crop.fraction)}%`;
    case "resize":
      return side === undefined || side === crop.size
        ? `resized to ${crop.to} and cropped to ${crop.size}`
        : `central ${crop.size}/${crop.to} of the shorter side`;
  }
}
