/**
 * JSON beside PyTorch's tensors: preprocessing and labels of a network that Totem trained.
 *
 * @module
 */
import type { Network } from "../model/mod.ts";
import { asTexts, unexpected } from "./json.ts";
import { asWords } from "./labels.ts";
import { parseJsonObject } from "./parse_json.ts";
import {
  parseFolded,
  parsePreprocessing,
  parseVariant,
} from "./preprocessing_metadata.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";

/** The key of a trained network's metadata, beside PyTorch's tensors. */
export const TRAINED = "totem.trained";

/** The input size, preprocessing and class names of a network that Totem trained. */
export type TrainedMetadata = Pick<
  Network,
  "variant" | "labels" | "preprocessing"
>;

export function stringifyTrained(
  { variant, labels, preprocessing }: TrainedMetadata,
): string {
  return JSON.stringify({ variant, labels, preprocessing });
}

/** The metadata of a trained network's file; `undefined` for any other file. */
export function trainedMetadata(
  { metadata }: SafetensorsHeader,
): TrainedMetadata | undefined {
  const text = metadata.get(TRAINED);
  if (text === undefined) return undefined;
  const json = parseJsonObject(text, "the trained network's metadata");
  const { preprocessing } = json;
  const scale = parseFolded(preprocessing);
  if (scale === undefined) throw unexpected("scale", "3 numbers", scale);
  return {
    variant: parseVariant(json.variant),
    labels: asWords(asTexts(json.labels, "labels", "a label")),
    preprocessing: { ...parsePreprocessing(preprocessing), ...scale },
  };
}
