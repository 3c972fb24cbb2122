import type { ForeignTensor } from "../foreign/graph.ts";
import { asObject, asString } from "../json.ts";
import type { ManifestTensor } from "../tfjs_manifest.ts";
import { readJsonNodes } from "./json_nodes.ts";
import { parseInput, type TensorflowGraph } from "./node_def.ts";

/**
 * Reads a TFJS graph model, as `tensorflowjs_converter` makes from a SavedModel: the graph
 * is in `model.json`, the constants are in the manifest.
 *
 * @param read Reads a tensor's values.
 */
export function readGraphModel(
  modelJson: Readonly<Record<string, unknown>>,
  tensors: ReadonlyMap<string, ManifestTensor>,
  read: (tensor: ManifestTensor) => Float32Array<ArrayBuffer>,
): TensorflowGraph {
  return {
    format: "TFJS graph model",
    nodes: readJsonNodes(modelJson.modelTopology),
    outputs: readOutputs(modelJson.signature),
    constant({ name, op }): ForeignTensor | undefined {
      const tensor = op === "Const" ? tensors.get(name) : undefined;
      return tensor &&
        { name, shape: tensor.shape, read: () => read(tensor) };
    },
  };
}

/** The output nodes named by the `SignatureDef`, if there is one. */
function readOutputs(signature: unknown): readonly string[] | undefined {
  if (signature === undefined || signature === null) return undefined;
  const { outputs } = asObject(signature, "signature");
  if (outputs === undefined) return undefined;
  const named = Object.values(asObject(outputs, "signature.outputs"));
  return named.map((it) => {
    const { name } = asObject(it, "an output of the signature");
    const text = asString(name, "an output's name");
    return parseInput(text)?.name ?? text;
  });
}
