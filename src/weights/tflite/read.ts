import type { Preprocessing } from "../../model/mod.ts";
import { answerOf } from "../foreign/answer.ts";
import { isExported, withExportedFacts } from "../foreign/exported_facts.ts";
import { BYTES, matchAs, matchFed } from "../foreign/fed.ts";
import type { ForeignFile } from "../foreign/file.ts";
import type { ImportedModel } from "../foreign/imported.ts";
import { KERAS_PREPROCESSING } from "../keras/preprocessing.ts";
import { IMAGENET_PREPROCESSING } from "../torch/preprocessing.ts";
import { readGraph } from "./graph.ts";
import { rangeOf } from "./input_range.ts";
import { labelsIn } from "./labels.ts";
import { parseModel, type TfliteTensor } from "./model.ts";

/** Finds Inception-v3 in a TFLite file. Quantized weights are dequantized. */
export async function readTflite(
  { bytes, hasLabels }: ForeignFile,
): Promise<ImportedModel> {
  const model = parseModel(bytes);
  const graph = readGraph(model);
  const found = {
    format: "TFLite model",
    noun: "operator",
    nodes: graph.nodes,
    output: answerOf(
      graph.nodes,
      model.outputs.map((it) => [
        model.tensors[it]?.name ?? `${it}`,
        graph.values.get(it),
      ]),
      "TFLite model",
      "; convert it with one output",
    ),
  };
  const range = rangeOf(graph.image);
  const habit = habitOf(graph.image);
  const textOf = (key: string) => {
    const text = model.metadata.get(key);
    return text && new TextDecoder().decode(text);
  };
  if (isExported(textOf)) {
    const fed = range?.pixels ?? BYTES;
    return withExportedFacts(matchAs({ ...found, fed }, habit), textOf);
  }
  const imported = range === undefined
    ? matchFed(found, habit)
    : matchAs({ ...found, fed: range.pixels }, habit, range.isSaid);
  const { classes } = imported.architecture;
  if (hasLabels || classes === 0) return imported;
  return { ...imported, ...await labelsIn(bytes, classes) };
}

/** The default preprocessing. Models from Keras are NHWC; others come from PyTorch. */
function habitOf({ signature }: TfliteTensor): Preprocessing {
  return signature[3] === 3 ? KERAS_PREPROCESSING : IMAGENET_PREPROCESSING;
}
