import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignFile, ForeignReader } from "../foreign/file.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import { MAX_WEIGHTS } from "../limits.ts";
import { type ProtoMessage, protoMessage } from "../protobuf.ts";
import { TruncatedError } from "../truncated.ts";
import {
  type Checkpoint,
  type CheckpointEntry,
  readCheckpointIndex,
} from "./checkpoint.ts";
import { inlineCalls, readFunctions } from "./inline_calls.ts";
import { matchTensorflow } from "./match.ts";
import {
  type NodeInput,
  parseInput,
  type TensorflowGraph,
} from "./node_def.ts";
import { readProtoNodes } from "./proto_nodes.ts";
import { restoredVariables, variableName } from "./restored_variables.ts";
import { decode, readTensorProto } from "./tensor_proto.ts";

const FORMAT = "SavedModel";

/** Maximum number of graphs in a file. */
const MAX_GRAPHS = 16;
/** Maximum number of signatures of a graph. */
const MAX_SIGNATURES = 64;

/** Maximum size of `variables.index`, in bytes. */
const MAX_INDEX = 2 ** 22;

/** The path of the variables' files without its ending, next to `saved_model.pb`. */
const VARIABLES = "variables/variables";

/** Reads a SavedModel: `saved_model.pb` and the variables beside it. */
export const readSavedModel: ForeignReader = async (file) =>
  matchTensorflow(await readGraph(file));

/** Whether a file begins with version 1 (field 1) and a graph (field 2). */
export function isSavedModel([version, one, graph]: Uint8Array): boolean {
  return version === 0x08 && one === 1 && graph === 0x12;
}

async function readGraph(file: ForeignFile): Promise<TensorflowGraph> {
  const graph = servedGraph(protoMessage(file.bytes, "saved_model.pb"));
  const definition = graph.message(2, "the graph");
  if (definition === undefined) throw corrupt("it must have a graph");
  const nodes = readProtoNodes(definition, 1);
  const functions = readFunctions(definition.message(2, "the functions"));
  const restore = graph.message(3, "the saver")?.text(3);
  const keys = restoredVariables(nodes, functions, restore);
  const inlined = inlineCalls(nodes, signatureOutputs(graph), functions);
  const variables = keys.size > 0 ? await readVariables(file) : undefined;
  return {
    format: FORMAT,
    nodes: inlined.nodes,
    outputs: inlined.outputs.map(({ name }) => name),
    constant({ name, op }) {
      const node = inlined.nodes.get(name)!;
      if (op === "Const") {
        const tensor = node.tensor();
        return tensor && readTensorProto(tensor, name);
      }
      if (op !== "VarHandleOp" && op !== "VariableV2") return undefined;
      const variable = variables?.(keys.get(variableName(node)) ?? "");
      if (variable !== undefined) return variable;
      throw corrupt(
        `its checkpoint must have numbers for the variable "${name}"`,
      );
    },
  };
}

/** The `MetaGraphDef` for serving. */
function servedGraph(model: ProtoMessage): ProtoMessage {
  const graphs = model.messages(2, "a graph", MAX_GRAPHS);
  const served = graphs.filter((it) =>
    it.message(1, "a graph's facts")?.texts(4, 16).includes("serve")
  );
  const found = served.length > 0 ? served : graphs;
  if (found.length === 1) return found[0]!;
  throw corrupt(
    `one of its graphs must have the tag "serve": of ${graphs.length} ${served.length} have`,
  );
}

/** The outputs of the serving signature, or of the only signature. */
function signatureOutputs(graph: ProtoMessage): NodeInput[] {
  const signatures = new Map(
    graph.messages(5, "a signature", MAX_SIGNATURES).map((it) => [
      it.text(1) ?? "",
      it.message(2, "a signature"),
    ]),
  );
  signatures.delete("__saved_model_init_op");
  const signature = signatures.get("serving_default") ??
    (signatures.size === 1 ? [...signatures.values()][0] : undefined);
  const outputs = signature?.messages(2, "an output", MAX_SIGNATURES)
    .map((it) => it.message(2, "an output")?.text(1)) ?? [];
  const found = outputs.map((it) => it && parseInput(it));
  if (found.length > 0 && found.every((it) => typeof it === "object")) {
    return found;
  }
  throw corrupt(
    `it must have the signature "serving_default" with an output: it has ${
      [...signatures.keys()].map((it) => `"${it}"`).join(", ") || "none"
    }. model.export("folder") of Keras writes it`,
  );
}

/** Reads the files of variables. The result looks up a variable by its checkpoint key. */
async function readVariables(
  file: ForeignFile,
): Promise<(key: string) => ForeignTensor | undefined> {
  const checkpoint = readCheckpointIndex(
    await readSibling(file, `${VARIABLES}.index`, MAX_INDEX),
  );
  const shards = await readShards(file, checkpoint);
  return (key) => {
    const entry = checkpoint.entry(key);
    if (entry === undefined) return undefined;
    const bytes = bytesOf(shards, entry);
    if (bytes.length !== entry.size) {
      throw new TruncatedError(
        `Cannot read the SavedModel as its files of variables must have ${
          entry.offset + entry.size
        } bytes for "${key}": number ${entry.shard} has ${
          shards[entry.shard]!.length
        }`,
        shardName(checkpoint, entry.shard),
      );
    }
    return {
      name: key,
      shape: entry.shape,
      read: () => decode(bytes, entry.type),
    };
  };
}

function bytesOf(
  shards: readonly Uint8Array[],
  { shard, offset, size }: CheckpointEntry,
): Uint8Array {
  return shards[shard]!.subarray(offset, offset + size);
}

async function readShards(
  file: ForeignFile,
  { shards }: Checkpoint,
): Promise<Uint8Array[]> {
  const read: Uint8Array[] = [];
  let rest = MAX_WEIGHTS;
  for (let i = 0; i < shards; i++) {
    const bytes = await readSibling(file, shardName({ shards }, i), rest);
    rest -= bytes.length;
    read.push(bytes);
  }
  return read;
}

function shardName({ shards }: Pick<Checkpoint, "shards">, i: number): string {
  const [number, count] = [i, shards].map((it) => String(it).padStart(5, "0"));
  return `${VARIABLES}.data-${number}-of-${count}`;
}

async function readSibling(
  file: ForeignFile,
  name: string,
  limit: number,
): Promise<Uint8Array> {
  const bytes = await file.sibling?.(name, limit);
  if (bytes !== undefined) return bytes;
  throw corrupt(`the file "${name}" with its variables must lie beside it`);
}

function corrupt(must: string): CorruptWeightsError {
  return new CorruptWeightsError(`Cannot read the ${FORMAT} as ${must}`);
}
