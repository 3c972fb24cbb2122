import { CorruptWeightsError } from "../../errors.ts";
import type { ProtoMessage } from "../protobuf.ts";
import {
  type DataType,
  MAX_INPUTS,
  MAX_NODES,
  type NodeAttributes,
  type NodeDef,
  type NodeInput,
  parseInput,
} from "./node_def.ts";
import { readShape } from "./tensor_proto.ts";

/** Maximum number of attributes of a node. */
const MAX_ATTRIBUTES = 64;

/** Maximum length of an attribute's list. */
const MAX_LISTED = 64;

/** A `NodeDef` in protobuf. Its attributes are looked up on request. */
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
  for (const message of graph.messages(field, "a node", MAX_NODES)) {
    const node = readNode(message);
    if (nodes.has(node.name)) {
      throw new CorruptWeightsError(
        `Cannot read the TensorFlow graph as its nodes must have different names: two are "${node.name}"`,
      );
    }
    nodes.set(node.name, node);
  }
  return nodes;
}

function readNode(proto: ProtoMessage): ProtoNode {
  const attributes = new ProtoAttributes(proto);
  return {
    name: proto.text(1) ?? "",
    op: proto.text(2) ?? "",
    inputs: proto.texts(3, MAX_INPUTS).map(parseInput)
      .filter((it): it is NodeInput => it !== undefined),
    attributes,
    tensor: () => attributes.tensor("value"),
  };
}

/** Reads fields of `AttrValue`. A class saves memory, as graphs have thousands of nodes. */
class ProtoAttributes implements NodeAttributes {
  readonly #node: ProtoMessage;

  constructor(node: ProtoMessage) {
    this.#node = node;
  }

  number(name: string): number | undefined {
    const value = this.#value(name);
    return value?.int(3) ?? value?.float(4);
  }

  text(name: string): string | undefined {
    return this.#value(name)?.text(2);
  }

  flag(name: string): boolean | undefined {
    const value = this.#value(name)?.int(5);
    return value === undefined ? undefined : value !== 0;
  }

  type(name: string): DataType | undefined {
    return this.#value(name)?.int(6);
  }

  numbers(name: string): readonly number[] | undefined {
    return this.#list(name)?.ints(3, MAX_LISTED);
  }

  texts(name: string): readonly string[] | undefined {
    return this.#list(name)?.texts(2, MAX_LISTED);
  }

  shape(name: string): readonly (number | null)[] | undefined {
    const shape = this.#value(name)?.message(7, `"${name}"`);
    return shape && readShape(shape, name);
  }

  callee(name: string): string | undefined {
    return this.#value(name)?.message(10, `"${name}"`)?.text(1);
  }

  tensor(name: string): ProtoMessage | undefined {
    return this.#value(name)?.message(8, "a tensor");
  }

  #list(name: string): ProtoMessage | undefined {
    return this.#value(name)?.message(1, `"${name}"`);
  }

  #value(name: string): ProtoMessage | undefined {
    return this.#node.messages(5, "an attribute", MAX_ATTRIBUTES)
      .find((it) => it.text(1) === name)
      ?.message(2, `"${name}"`);
  }
}
