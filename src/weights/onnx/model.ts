/**
 * The messages of an ONNX file (`onnx.proto` of github.com/onnx/onnx).
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import { type ProtoMessage, protoMessage } from "../protobuf.ts";
import { MAX_RANK } from "./tensor.ts";

/** An ONNX file, limited to the parts of a network without control flow. */
export interface OnnxModel {
  /** The tool that wrote it, such as `"pytorch"`; `""` if unknown. */
  readonly producer: string;
  /** The version of the operator set. */
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  /** The messages of the tensors in the file. */
  readonly initializers: readonly ProtoMessage[];
  readonly inputs: readonly OnnxInput[];
  readonly outputs: readonly string[];
  /** Metadata by key. */
  readonly metadata: ReadonlyMap<string, string>;
}

export interface OnnxNode {
  /** For errors; `""` if it has none. */
  readonly name: string;
  /** Its operator, prefixed by the domain unless that is ONNX's own. */
  readonly op: string;
  /** Names of values; `""` for an omitted input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Looked up on each call: a file may have many attributes that are never read. */
  attribute(name: string): ProtoMessage | undefined;
}

export interface OnnxInput {
  readonly name: string;
  /** `TensorProto.DataType`. */
  readonly type: number;
  /** `null` for an extent that isn't fixed; absent if the shape isn't given. */
  readonly shape?: readonly (number | null)[] | undefined;
}

const [FIRST_OPSET, LAST_OPSET] = [7, 23];

/** Maximum number of nodes. Exporters write 1,000 for a quantized Inception-v3. */
const MAX_NODES = 1536;
/**
 * Maximum number of inputs or outputs of a node, and of outputs of the model. A block joins
 * 6 results, with 20 inputs if they are quantized. Other networks join more; the limit lets
 * the matcher refuse them with a better error.
 */
const MAX_INPUTS = 128;
const MAX_ATTRIBUTES = 64;
const MAX_METADATA = 256;

/** Whether a file begins with ONNX's format version, followed by another field of a model. */
export function isOnnx([tag, version = 0, next = 0]: Uint8Array): boolean {
  const field = Math.floor(next / 8);
  return tag === 0x08 && version >= 3 && version < 32 && field >= 2 &&
    field <= 8;
}

export function parseModel(bytes: Uint8Array): OnnxModel {
  const model = protoMessage(bytes, "the ONNX model");
  const graph = model.message(7, "the ONNX graph");
  if (graph === undefined) {
    throw new CorruptWeightsError(
      "Cannot read the ONNX model as it must have a graph: it is absent",
    );
  }
  return {
    producer: model.text(2) ?? "",
    opset: opsetOf(model),
    nodes: graph.messages(1, "an ONNX node", MAX_NODES).map(parseNode),
    initializers: graph.messages(5, "an ONNX tensor", MAX_NODES),
    inputs: graph.messages(11, "an ONNX input", MAX_NODES).map(parseInput),
    outputs: graph.messages(12, "an ONNX output", MAX_INPUTS)
      .map((it) => it.text(1) ?? ""),
    metadata: new Map(
      model.messages(14, "ONNX metadata", MAX_METADATA)
        .map((it) => [it.text(1) ?? "", it.text(2) ?? ""]),
    ),
  };
}

/** The version of ONNX's own operators. Other domains show in the nodes that use them. */
function opsetOf(model: ProtoMessage): number {
  const versions = model.messages(8, "an ONNX opset", MAX_INPUTS)
    .filter((it) => isOwnDomain(it.text(1)))
    .map((it) => it.int(2) ?? 0);
  const [version = 0] = versions;
  if (
    versions.length === 1 && version >= FIRST_OPSET && version <= LAST_OPSET
  ) return version;
  throw new CorruptWeightsError(
    `Cannot read the ONNX model as its opset must be of ${FIRST_OPSET}..${LAST_OPSET}: it is ${
      versions.join(" and ") || "absent"
    }; export it with opset_version=17`,
  );
}

function isOwnDomain(domain: string | undefined): boolean {
  return domain === undefined || domain === "" || domain === "ai.onnx";
}

function parseNode(node: ProtoMessage): OnnxNode {
  const op = node.text(4) ?? "";
  const domain = node.text(7);
  return {
    name: node.text(3) ?? "",
    op: isOwnDomain(domain) ? op : `${domain}.${op}`,
    inputs: node.texts(1, MAX_INPUTS),
    outputs: node.texts(2, MAX_INPUTS),
    attribute: (name) => attributeOf(node, name),
  };
}

function attributeOf(
  node: ProtoMessage,
  name: string,
): ProtoMessage | undefined {
  const found = node.messages(5, "a node's attribute", MAX_ATTRIBUTES)
    .filter((it) => it.text(1) === name);
  if (found.length < 2) return found[0];
  throw new CorruptWeightsError(
    `Cannot read an ONNX node as its attribute "${name}" must stand once: it stands twice`,
  );
}

function parseInput(input: ProtoMessage): OnnxInput {
  const tensor = input.message(2, "an input's type")
    ?.message(1, "an input's tensor type");
  const shape = tensor?.message(2, "an input's shape")
    ?.messages(1, "an input's extent", MAX_RANK)
    // Some exporters write zero or a negative number for any extent.
    .map((it) => {
      const extent = it.int(1) ?? 0;
      return extent > 0 ? extent : null;
    });
  return { name: input.text(1) ?? "", type: tensor?.int(1) ?? 0, shape };
}
