import type { ForeignReader } from "../foreign/file.ts";
import { protoMessage } from "../protobuf.ts";
import { matchTensorflow } from "./match.ts";
import type { TensorflowGraph } from "./node_def.ts";
import { readProtoNodes } from "./proto_nodes.ts";
import { readTensorProto } from "./tensor_proto.ts";

/** Reads a frozen `.pb`: a `GraphDef` whose variables are constants. */
export const readFrozenGraph: ForeignReader = ({ bytes }) =>
  matchTensorflow(parseFrozenGraph(bytes));

/** The nodes of a `GraphDef`. */
export function parseFrozenGraph(bytes: Uint8Array): TensorflowGraph {
  const nodes = readProtoNodes(protoMessage(bytes, "the graph"), 1);
  return {
    format: "TensorFlow graph",
    nodes,
    constant({ name, op }) {
      const tensor = op === "Const" ? nodes.get(name)?.tensor() : undefined;
      return tensor && readTensorProto(tensor, name);
    },
  };
}

/** Whether a file begins with a node (field 1) that begins with its name (field 1). */
export function isFrozenGraph(start: Uint8Array): boolean {
  if (start[0] !== 0x0a) return false;
  // The node's length is a varint: it continues while the top bit is set.
  const end = start.findIndex((byte, i) => i > 0 && byte < 0x80);
  const [field, length, letter] = start.subarray(end + 1);
  return field === 0x0a && length! > 0 && /[\w./]/.test(
    String.fromCharCode(letter!),
  );
}
