import type { MetadataField, ModelMetadata } from "../model/mod.ts";
import { describeMetadata } from "../model/describe_metadata.ts";
import { MIN_SIZE } from "../model/inception_options.ts";
import { inceptionV3 } from "../model/inception_v3.ts";
import { findKnownModel } from "../weights/known_models.ts";
import { displaySource } from "../io/address.ts";
import type { Terminal } from "./terminal.ts";
import { backendName } from "../backends/check_backend.ts";
import type { Classifier } from "../classifier.ts";

/**
 * Reports the metadata assumed for a model. Its answers are wrong if they don't apply.
 *
 * @param show Shows a line, by default on standard error.
 */
export function tellAssumed(
  io: Terminal,
  source: string,
  metadata: ModelMetadata,
  show = (line: string) => io.tellOnce("note", line),
): void {
  const words = describeMetadata(metadata);
  const names = assumedOf(metadata);
  const assumed = names.map((name) => words[name]);
  if (assumed.length === 0) return;
  const isInput = names.every((it) => INPUT_FIELDS.includes(it));
  const options = names.flatMap((it) => SET_BY[it] ?? []);
  const change = options.length > 0
    ? ` (change with ${options.join(", ")})`
    : "";
  show(
    `${displaySource(source)} doesn't say how ${
      isInput ? "photos enter it" : "it is used"
    }. Assumed: ${assumed.join(", ")}${change}`,
  );
  const { variant, crop } = metadata;
  if (variant.from !== "assumed" || crop.value.kind !== "resize") return;
  const { size } = crop.value;
  const [side] = inceptionV3({ variant: variant.value }).input;
  if (size === side || size < MIN_SIZE) return;
  show(
    `the crop is of ${size} pixels, and the network runs at ${side}: give --variant ${size} if it was trained so`,
  );
}

const INPUT_FIELDS: readonly MetadataField[] = [
  "variant",
  "pixels",
  "crop",
  "resize",
];

/** The options of every command with a model, by the metadata that they set. */
const SET_BY: Partial<Readonly<Record<MetadataField, string>>> = {
  pixels: "--scale",
  crop: "--crop",
  resize: "--resize",
};

/** The metadata that neither a model's file nor an option sets. */
export function assumedOf(metadata: ModelMetadata): MetadataField[] {
  const names = Object.keys(metadata) as MetadataField[];
  return names.filter((name) => metadata[name].from === "assumed");
}

/** Notes that a known model wasn't trained for the requested variant. */
export function tellUntrained(
  io: Terminal,
  source: string,
  { variant }: ModelMetadata,
): void {
  if (variant.value !== "low79" || findKnownModel(source) === undefined) return;
  io.tellOnce(
    "note",
    `low79 is for weights that were trained or adapted for it, and those of ${source} weren't: totem adapt adapts them`,
  );
}

/** Warns if an int8 model runs in f32 because no int8 backend is available. */
export function tellFallback(
  io: Terminal,
  source: string,
  { precision, backend, skippedBackends }: Classifier,
): void {
  if (precision === backend.precision || precision === "f32") return;
  const reasons = skippedBackends.filter((it) =>
    it.backend.precision === precision
  )
    .map((it) => `${backendName(it.backend)}: ${it.refusal}`);
  io.tellOnce(
    "warning",
    `${displaySource(source)} is int8, and runs as ${
      backendName(backend)
    }, slower and with slightly other answers: ${reasons.join("; ")}`,
  );
}
