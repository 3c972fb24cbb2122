import type { ImportedModel } from "./imported.ts";
import { asArray, asString } from "../json.ts";
import { parseJson, parseJsonObject } from "../parse_json.ts";
import { parsePreprocessing } from "../preprocessing_metadata.ts";

/** Metadata keys in the files that Totem exports for other runtimes. */
export const PREPROCESSING_KEY = "totem.preprocessing";
export const LABELS_KEY = "totem.labels";
export const ACTIVATION_KEY = "totem.activation";

/** Reads a file's metadata by key. */
export type MetadataReader = (key: string) => string | undefined;

/** Whether `exportOnnx()` or `exportTflite()` wrote the file. Its input is then bytes. */
export function isExported(textOf: MetadataReader): boolean {
  return textOf(PREPROCESSING_KEY) !== undefined;
}

/** Adds the metadata of an exported file to the model read from its graph. */
export function withExportedFacts(
  model: ImportedModel,
  textOf: MetadataReader,
): ImportedModel {
  const json = parseJsonObject(textOf(PREPROCESSING_KEY)!, PREPROCESSING_KEY);
  const { crop, resize } = parsePreprocessing(json);
  const { activation: _, ...origins } = model.origins ?? {};
  const isLogits = textOf(ACTIVATION_KEY) === "none";
  return {
    ...model,
    isExported: true,
    geometry: { crop, resize },
    labels: parseLabels(textOf(LABELS_KEY)),
    ...isLogits && {
      architecture: { ...model.architecture, activation: "none" },
      origins,
    },
  };
}

function parseLabels(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const labels = parseJson(new TextEncoder().encode(text), LABELS_KEY);
  return asArray(labels, LABELS_KEY).map((it) => asString(it, "a label"));
}
