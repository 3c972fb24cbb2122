import { CorruptWeightsError } from "../../errors.ts";
import { type ProtoMessage, protoMessage } from "../protobuf.ts";
import {
  MAX_INPUTS,
  MAX_NODES,
  type NodeAttributes,
  type NodeDef,
  type NodeInput,
  parseInput,
} from "./node_def.ts";
import { readShape } from "./tensor_proto.ts";

/** Attributes of one node. */
const MAX_ATTRIBUTES = 64;

/** Numbers in an attribute's list. */
const MAX_LISTED = 64;

/** A `NodeDef` as bytes, whose attributes are sought when they are asked for. */
export interface ProtoNode extends NodeDef {
  /** The tensor of a `Const`. */
  tensor(): ProtoMessage | undefined;
}

/** The nodes of a `GraphDef` (field 1), or of a function's body (field 3). */
export function readProtoNodes(
  graph: ProtoMessage,
  field: number,
): Map<string, ProtoNode> {
  const nodes = new Map<string, ProtoNode>();
  for (const bytes of graph.views(field, MAX_NODES)) {
    const node = readNode(bytes);
    if (nodes.has(node.name)) {
      throw new CorruptWeightsError(
        `Cannot read the TensorFlow graph as its nodes must have different names: two are "${node.name}"`,
      );
    }
    nodes.set(node.name, node);
  }
  return nodes;
}

function readNode(bytes: Uint8Array): ProtoNode {
  const message = () => protoMessage(bytes, "a node");
  const proto = message();
  const attribute = (name: string) =>
    message().messages(5, "an attribute", MAX_ATTRIBUTES)
      .find((it) => it.text(1) === name)
      ?.message(2, `the attribute "${name}"`);
  const inputs = proto.texts(3, MAX_INPUTS).map(parseInput)
    .filter((it): it is NodeInput => it !== undefined);
  return {
    name: proto.text(1) ?? "",
    op: proto.text(2) ?? "",
    inputs,
    attributes: readAttributes(attribute),
    tensor: () => attribute("value")?.message(8, "a tensor"),
  };
}

/** The fields of an `AttrValue` and of its `ListValue`. */
function readAttributes(
  attribute: (name: string) => ProtoMessage | undefined,
): NodeAttributes {
  const list = (name: string) => attribute(name)?.message(1, `"${name}"`);
  return {
    number(name) {
      const value = attribute(name);
      return value?.int(3) ?? value?.float(4);
    },
    text: (name) => attribute(name)?.text(2),
    flag(name) {
      const value = attribute(name)?.int(5);
      return value === undefined ? undefined : value !== 0;
    },
    type: (name) => attribute(name)?.int(6),
    numbers: (name) => list(name)?.ints(3, MAX_LISTED),
    texts: (name) => list(name)?.texts(2, MAX_LISTED),
    shape(name) {
      const shape = attribute(name)?.message(7, `"${name}"`);
      return shape && readShape(shape, name);
    },
    callee: (name) => attribute(name)?.message(10, `"${name}"`)?.text(1),
  };
}
