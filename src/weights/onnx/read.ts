import type { Preprocessing } from "../../model/mod.ts";
import { CorruptWeightsError } from "../../errors.ts";
import { isExported, withExportedFacts } from "../foreign/exported_facts.ts";
import { BYTES, matchAs, matchFed } from "../foreign/fed.ts";
import type { ForeignFile } from "../foreign/file.ts";
import type { ImportedModel } from "../foreign/imported.ts";
import { MAX_WEIGHTS } from "../limits.ts";
import { FID_PREPROCESSING } from "../torch/preprocessing.ts";
import { answerOf } from "../foreign/answer.ts";
import { readGraph } from "./graph.ts";
import { habitOf } from "./habits.ts";
import { type OnnxModel, parseModel } from "./model.ts";
import { externalFile, type ExternalFiles } from "./tensor.ts";

/** Maximum number of files beside a model. Some tools write one per tensor: about 600. */
const MAX_FILES = 1024;

/** Finds Inception-v3 in an ONNX file. Its weights may be in files beside it. */
export async function readOnnx(file: ForeignFile): Promise<ImportedModel> {
  const model = parseModel(file.bytes);
  const graph = readGraph(model, await readExternal(model, file));
  const found = {
    format: "ONNX model",
    noun: "node",
    nodes: graph.nodes,
    output: answerOf(
      graph.nodes,
      model.outputs.map((it) => [it, graph.values.get(it)]),
      "ONNX model",
      "; export it after model.eval(), which leaves the auxiliary one out",
    ),
  };
  const habit = habitOf(model, graph);
  const textOf = (key: string) => model.metadata.get(key);
  if (isExported(textOf)) {
    const imported = matchAs({ ...found, fed: BYTES }, habit);
    return withExportedFacts(imported, textOf);
  }
  if (graph.image.isBytes) return matchAs({ ...found, fed: BYTES }, habit);
  const imported = matchFed(found, habit);
  const isFid = imported.architecture.lastPool === "max";
  return isFid ? withHabit(imported, habit, FID_PREPROCESSING) : imported;
}

/** Replaces the default preprocessing `before` by another default. */
function withHabit(
  model: ImportedModel,
  before: Preprocessing,
  { crop, resize, scale, offset }: Preprocessing,
): ImportedModel {
  const isAssumed = String(model.usual.scale) === String(before.scale);
  const pixels = isAssumed ? { scale, offset } : {};
  return { ...model, usual: { ...model.usual, ...pixels, crop, resize } };
}

/** Reads the files beside the model that have its tensors. */
async function readExternal(
  { initializers }: OnnxModel,
  file: ForeignFile,
): Promise<ExternalFiles> {
  const files = new Map<string, Uint8Array>();
  let left = MAX_WEIGHTS;
  for (const tensor of initializers) {
    const name = externalFile(tensor);
    if (name === undefined || files.has(name)) continue;
    if (files.size === MAX_FILES) {
      throw new CorruptWeightsError(
        `Cannot read the ONNX model as its weights must be in <= ${MAX_FILES} files: they are in more`,
      );
    }
    if (file.sibling === undefined) {
      throw new CorruptWeightsError(
        `Cannot read the ONNX model as its weights are in "${name}" beside it: give its path or address, not its bytes`,
      );
    }
    const bytes = await file.sibling(name, left);
    if (bytes === undefined) {
      throw new CorruptWeightsError(
        `Cannot read the ONNX model as its weights must be in "${name}" beside it: there is no such file`,
      );
    }
    left -= bytes.length;
    files.set(name, bytes);
  }
  return files;
}
