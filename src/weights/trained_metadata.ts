/**
 * What a file of a network that was trained here says besides PyTorch's tensors, as
 * JSON in its metadata: PyTorch's own files say nothing of it.
 *
 * @module
 */
import type { Network } from "../model/mod.ts";
import { asArray, asObject, asString, parseJson, unexpected } from "./json.ts";
import { asWords } from "./labels.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";
import {
  parseFolded,
  parsePreprocessing,
  parseVariant,
} from "./totem_metadata.ts";

/** The key of the metadata. */
export const TRAINED = "totem.trained";

/** How images enter a network that was trained here, and its classes' names. */
export type TrainedMetadata = Pick<
  Network,
  "variant" | "labels" | "preprocessing"
>;

/** The JSON of a trained network's facts. */
export function stringifyTrained(
  { variant, labels, preprocessing }: TrainedMetadata,
): string {
  return JSON.stringify({ variant, labels, preprocessing });
}

/**
 * The facts in a file's header; `undefined` of a file from elsewhere.
 *
 * @throws {CorruptWeightsError} When {@linkcode stringifyTrained} didn't write them.
 */
export function trainedMetadata(
  { metadata }: SafetensorsHeader,
): TrainedMetadata | undefined {
  const text = metadata.get(TRAINED);
  if (text === undefined) return undefined;
  const where = "the trained network's facts";
  const json = asObject(
    parseJson(new TextEncoder().encode(text), where),
    where,
  );
  const { preprocessing } = json;
  const scale = parseFolded(preprocessing);
  if (scale === undefined) throw unexpected("scale", "3 numbers", scale);
  return {
    variant: parseVariant(json.variant),
    labels: asWords(
      asArray(json.labels, "labels").map((it) => asString(it, "a label")),
    ),
    preprocessing: {
      ...parsePreprocessing(preprocessing),
      ...scale,
    },
  };
}
