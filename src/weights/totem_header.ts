import { CorruptWeightsError } from "../errors.ts";
import { OtherFileError } from "./other_file.ts";
import {
  type Graph,
  inferShapes,
  isWeighted,
  type QuantizedLayer,
} from "../model/mod.ts";
import { networkGraph } from "../model/network_graph.ts";
import { elementCount } from "../model/shapes.ts";
import { DIGEST, hasDigest } from "./digest.ts";
import { convExtents, packedShape } from "./quantize/pack.ts";
import type { TensorSource } from "./safetensors/write.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";
import { parseMetadata, TOTEM, type TotemMetadata } from "./totem_metadata.ts";

/** Maximum size of the tensors, in bytes: above that of any Inception-v3. */
const MAX_DATA = 2 ** 28;

export function isTotemFile({ metadata }: SafetensorsHeader): boolean {
  return metadata.has(TOTEM);
}

/** A tensor of a network's file. */
export interface ExpectedTensor extends Omit<TensorSource, "data"> {
  readonly node: string;
  readonly part: keyof QuantizedLayer | "range";
}

/** The tensors of a network, in file order. */
export function expectedTensors(graph: Graph): readonly ExpectedTensor[] {
  const shapes = inferShapes(graph);
  const codes: ExpectedTensor[] = [];
  const floats: ExpectedTensor[] = [];
  for (const node of graph.nodes) {
    const { name } = node;
    const tensor = (part: ExpectedTensor["part"]) => ({
      name: `${name}.${part}`,
      node: name,
      part,
    });
    const float = (part: "scale" | "bias" | "range", shape: number[]) =>
      floats.push({ ...tensor(part), dtype: "F32", shape });
    if (isWeighted(node)) {
      const input = shapes.get(node.input)!;
      const outputs = node.op === "conv" ? node.channels : node.units;
      const shape = node.op === "dense"
        ? [outputs, elementCount(input)]
        : packedShape(convExtents(node, input));
      codes.push({ ...tensor("weight"), dtype: "I8", shape });
      float("scale", [outputs]);
      float("bias", [outputs]);
    }
    if (node.op === "conv" || node.op === "avgPool") float("range", []);
  }
  return [...codes, ...floats];
}

const known = new WeakMap<SafetensorsHeader, TotemMetadata>();

/** The metadata of a header. Checks once that the tensors match it. */
export function networkMetadata(header: SafetensorsHeader): TotemMetadata {
  const metadata = known.get(header) ?? parseHeaderMetadata(header);
  known.set(header, metadata);
  return metadata;
}

function parseHeaderMetadata(header: SafetensorsHeader): TotemMetadata {
  const json = header.metadata.get(TOTEM);
  if (json === undefined) {
    if (header.metadata.has("totem.index")) {
      throw new CorruptWeightsError(
        "Cannot use the file as a model as it is a search index: totem search takes it as --index",
      );
    }
    throw new OtherFileError(
      `Cannot read the safetensors as a Totem file as their metadata has no "${TOTEM}"`,
    );
  }
  if (header.dataLength > MAX_DATA) {
    throw new CorruptWeightsError(
      `Cannot read a Totem file as it must have <= ${MAX_DATA} bytes: it has ${header.dataLength}`,
    );
  }
  const metadata = parseMetadata(json);
  const expected = expectedTensors(networkGraph(metadata));
  const found = new Map(header.tensors.map((it) => [it.name, it]));
  if (hasDigest(header)) found.delete(DIGEST);
  for (const { name, dtype, shape } of expected) {
    const entry = found.get(name);
    if (entry?.dtype === dtype && `${entry.shape}` === `${shape}`) continue;
    throw new CorruptWeightsError(
      `Cannot use the tensor "${name}" as it must be ${dtype} [${shape}]: it is ${
        entry === undefined ? "absent" : `${entry.dtype} [${entry.shape}]`
      }`,
    );
  }
  if (found.size > expected.length) {
    const known = new Set(expected.map(({ name }) => name));
    const [extra] = [...found.keys()].filter((name) => !known.has(name));
    throw new CorruptWeightsError(
      `Cannot use the file as its network has no tensor "${extra}"`,
    );
  }
  return metadata;
}
