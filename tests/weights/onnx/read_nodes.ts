import { CorruptWeightsError } from "../../../src/errors.ts";
import { readGraph } from "../../../src/weights/onnx/graph.ts";
import { parseModel } from "../../../src/weights/onnx/model.ts";
import { onnxFile, type OnnxParts } from "./onnx_file.ts";

/** Reads the foreign nodes of an ONNX file, without the input, as plain values. */
export function readNodes(parts: OnnxParts): unknown[] {
  const { nodes } = readGraph(parseModel(onnxFile(parts)), new Map());
  return [...nodes.values()].filter(({ op }) => op !== "input")
    .map(({ name: _, ...node }) =>
      JSON.parse(
        JSON.stringify(node, (_, value) =>
          typeof value?.read === "function"
            ? { shape: value.shape, values: [...value.read()] }
            : value),
      )
    );
}

/** The first unsupported node, or the error's text. */
export function refusalOf(parts: OnnxParts): string {
  try {
    const { nodes } = readGraph(parseModel(onnxFile(parts)), new Map());
    const other = [...nodes.values()].find(({ op }) => op === "other");
    return other?.op === "other" ? other.what : "read";
  } catch (error) {
    if (error instanceof CorruptWeightsError) return error.message;
    throw error;
  }
}
