import { CorruptWeightsError } from "../../errors.ts";
import { asArray, asNumber, asObject, asString, unexpected } from "../json.ts";
import {
  DATA_TYPES,
  MAX_INPUTS,
  MAX_NODES,
  type NodeAttributes,
  type NodeDef,
  type NodeInput,
  parseInput,
} from "./node_def.ts";
import { asExtent } from "./tensor_proto.ts";

type Json = Readonly<Record<string, unknown>>;

/** The nodes of a `GraphDef` in protobuf's JSON encoding, as in TFJS graph models. */
export function readJsonNodes(topology: unknown): Map<string, NodeDef> {
  const { node } = asObject(topology, "modelTopology");
  const list = asArray(node, "modelTopology.node");
  if (list.length > MAX_NODES) {
    throw unexpected(
      "modelTopology.node",
      `a list of <= ${MAX_NODES} nodes`,
      `${list.length} nodes`,
    );
  }
  const nodes = new Map<string, NodeDef>();
  for (const json of list) {
    const read = readNode(json);
    if (nodes.has(read.name)) {
      throw new CorruptWeightsError(
        `Cannot read modelTopology as its nodes must have different names: two are "${read.name}"`,
      );
    }
    nodes.set(read.name, read);
  }
  return nodes;
}

function readNode(json: unknown): NodeDef {
  const { name: rawName, op, input = [], attr = {} } = asObject(json, "a node");
  const name = asString(rawName, "a node's name");
  const where = `the inputs of "${name}"`;
  const texts = asArray(input, where);
  if (texts.length > MAX_INPUTS) {
    throw unexpected(where, `<= ${MAX_INPUTS}`, texts.length);
  }
  return {
    name,
    op: asString(op, `the op of "${name}"`),
    inputs: texts.map((it) => parseInput(asString(it, where)))
      .filter((it): it is NodeInput => it !== undefined),
    attributes: readAttributes(asObject(attr, `"attr" of "${name}"`), name),
  };
}

/** Reads fields of `AttrValue`. 64-bit integers are strings, and bytes are base64. */
function readAttributes(attributes: Json, node: string): NodeAttributes {
  const where = (name: string) => `the attribute "${name}" of "${node}"`;
  const field = (name: string, key: string): unknown =>
    Object.hasOwn(attributes, name)
      ? asObject(attributes[name], where(name))[key]
      : undefined;
  const list = (name: string, key: string) => {
    const values = field(name, "list");
    if (values === undefined) return undefined;
    return asArray(asObject(values, where(name))[key] ?? [], where(name));
  };
  return {
    number(name) {
      const value = field(name, "i") ?? field(name, "f");
      return value === undefined ? undefined : asWhole(value, where(name));
    },
    text(name) {
      const value = field(name, "s");
      return value === undefined ? undefined : asText(value, where(name));
    },
    flag(name) {
      const value = field(name, "b");
      if (value === undefined || typeof value === "boolean") return value;
      throw unexpected(where(name), "true or false", value);
    },
    type(name) {
      const value = field(name, "type");
      return typeof value === "string"
        ? Reflect.get(DATA_TYPES, value) ?? 0
        : value === undefined
        ? undefined
        : asNumber(value, where(name));
    },
    numbers: (name) => list(name, "i")?.map((it) => asWhole(it, where(name))),
    texts: (name) => list(name, "s")?.map((it) => asText(it, where(name))),
    shape(name) {
      const value = field(name, "shape");
      if (value === undefined) return undefined;
      const { dim = [] } = asObject(value, where(name));
      return asArray(dim, where(name)).map((it) => {
        const { size = 0 } = asObject(it, where(name));
        return asExtent(asWhole(size, where(name)), where(name));
      });
    },
    callee(name) {
      const value = field(name, "func");
      if (value === undefined) return undefined;
      return asString(asObject(value, where(name)).name, where(name));
    },
  };
}

function asWhole(value: unknown, where: string): number {
  return asNumber(typeof value === "string" ? Number(value) : value, where);
}

/** Decodes base64 or, in older files, a list of byte values. */
function asText(value: unknown, where: string): string {
  if (Array.isArray(value)) {
    return String.fromCharCode(...value.map((it) => asNumber(it, where)));
  }
  try {
    return atob(asString(value, where));
  } catch {
    throw unexpected(where, "base64", value);
  }
}
