/**
 * Makes SavedModels in the form of TensorFlow 2: the network is a function of
 * variables, and another function restores these from a checkpoint.
 */
import {
  delimited,
  encode,
  type Message,
  message,
  varint,
} from "../../../src/export/onnx/encode_protobuf.ts";
import type { ForeignFile } from "../../../src/weights/foreign/file.ts";
import {
  encodeNode,
  encodeShape,
  graphMessage,
  image,
  node,
  type NodeOptions,
  type TestTensor,
} from "./graph_defs.ts";

/** The files of a SavedModel; tests change them. */
export interface SavedModel {
  pb: Uint8Array<ArrayBuffer>;
  index: Uint8Array<ArrayBuffer>;
  data: Uint8Array<ArrayBuffer>;
}

/** @param nodes The nodes of a frozen graph, whose f32 constants become variables. */
export function makeSavedModel(
  nodes: readonly NodeOptions[],
  output: string,
): SavedModel {
  const variables = nodes.filter(isVariable);
  const names = variables.map(({ name }) => name);
  const keyOf = (i: number) => `variables/${i}/.ATTRIBUTES/VARIABLE_VALUE`;
  const body = nodes.filter(({ op }) => op !== "Placeholder").map((it) =>
    isVariable(it)
      ? node("ReadVariableOp", it.name, [`${it.name}_resource`], {
        dtype: { type: 1 },
      })
      : {
        ...it,
        inputs: it.inputs?.map((name) =>
          name === "input" ? name : `${name}:y:0`
        ) ?? [],
      }
  );
  const network = functionMessage(
    "network",
    ["input", ...names.map((it) => `${it}_resource`)],
    body,
    `${output}:y:0`,
  );
  const outer = functionMessage(
    "outer",
    ["x", ...names],
    [node("PartitionedCall", "call", ["x", ...names], {
      f: { callee: "network" },
    })],
    "call:output:0",
  );
  const restore = functionMessage(
    "restore",
    ["prefix", ...names],
    [
      node("Const", "names", [], {
        value: {
          tensor: message(
            varint(1, 7),
            ...names.map((_, i) => delimited(8, keyOf(i))),
          ),
        },
      }),
      node("RestoreV2", "RestoreV2", ["prefix", "names:output:0"]),
      ...names.flatMap((name, i) => [
        node("Identity", `value ${i}`, [`RestoreV2:tensors:${i}`]),
        node("AssignVariableOp", `assign ${i}`, [name, `value ${i}:output:0`]),
      ]),
    ],
    "RestoreV2:tensors:0",
  );
  const graph = message(
    graphMessage([
      image("serving_default_x"),
      ...names.map((name) =>
        node("VarHandleOp", name, [], { shared_name: `shared ${name}` })
      ),
      node(
        "StatefulPartitionedCall",
        "serve",
        ["serving_default_x", ...names],
        { f: { callee: "outer" } },
      ),
      node("Placeholder", "filename", [], { dtype: { type: 7 } }),
      node("StatefulPartitionedCall", "restoring", ["filename", ...names], {
        f: { callee: "restore" },
      }),
    ]),
    delimited(
      2,
      message(...[network, outer, restore].map((it) => delimited(1, it))),
    ),
  );
  const tensors = variables.map(({ attributes }, i) => ({
    key: keyOf(i),
    tensor: attributes!.value as TestTensor,
  }));
  return {
    pb: encode(savedModelMessage(graph, "restoring", "serve:0")),
    ...makeCheckpoint(tensors),
  };
}

function isVariable({ op, attributes }: NodeOptions): boolean {
  const value = attributes?.value as TestTensor | undefined;
  return op === "Const" && value?.values instanceof Float32Array &&
    value.shape.length > 0;
}

export function savedModelMessage(
  graph: Message,
  restore: string,
  output: string,
  signature = "serving_default",
): Message {
  const tensor = delimited(2, message(delimited(1, output)));
  const outputs = delimited(2, message(delimited(1, "out"), tensor));
  const metaGraph = message(
    delimited(1, message(delimited(4, "serve"))),
    delimited(2, graph),
    delimited(3, message(delimited(3, restore))),
    delimited(5, message(delimited(1, signature), delimited(2, outputs))),
  );
  return message(varint(1, 1), delimited(2, metaGraph));
}

export function functionMessage(
  name: string,
  args: readonly string[],
  nodes: readonly NodeOptions[],
  result: string,
): Message {
  const arg = (name: string) => message(delimited(1, name));
  return message(
    delimited(
      1,
      message(
        delimited(1, name),
        ...args.map((it) => delimited(2, arg(it))),
        delimited(3, arg("result")),
      ),
    ),
    ...nodes.map((it) => delimited(3, encodeNode(it))),
    delimited(4, message(delimited(1, "result"), delimited(2, result))),
  );
}

/** A checkpoint with a single data file. */
export function makeCheckpoint(
  tensors: readonly { readonly key: string; readonly tensor: TestTensor }[],
): Pick<SavedModel, "index" | "data"> {
  let offset = 0;
  const entries = tensors.map(({ key, tensor: { shape, values } }) => {
    const entry = encode(message(
      varint(1, 1),
      delimited(2, encodeShape(shape)),
      varint(4, offset),
      varint(5, values.byteLength),
    ));
    offset += values.byteLength;
    return [key, entry] as const;
  });
  const data = new Uint8Array(offset);
  let end = 0;
  for (const { tensor: { values } } of tensors) {
    data.set(new Uint8Array(values.buffer as ArrayBuffer), end);
    end += values.byteLength;
  }
  const header = encode(message(varint(1, 1)));
  return { index: makeIndex([["", header], ...entries]), data };
}

/** A LevelDB table of one block with prefix-compressed keys. */
export function makeIndex(
  entries: readonly (readonly [key: string, value: Uint8Array])[],
): Uint8Array<ArrayBuffer> {
  const block = makeBlock([...entries].sort(([a], [b]) => a < b ? -1 : 1));
  const handle = [...base128(0), ...base128(block.length - 5)];
  const index = makeBlock([["zzz", Uint8Array.from(handle)]]);
  const meta = makeBlock([]);
  const footer = new Uint8Array(48);
  footer.set([
    ...base128(block.length),
    ...base128(meta.length - 5),
    ...base128(block.length + meta.length),
    ...base128(index.length - 5),
  ]);
  footer.set([0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb], 40);
  return Uint8Array.of(...block, ...meta, ...index, ...footer);
}

function makeBlock(
  entries: readonly (readonly [key: string, value: Uint8Array])[],
): number[] {
  const bytes: number[] = [];
  let before = "";
  for (const [key, value] of entries) {
    let shared = 0;
    while (shared < before.length && before[shared] === key[shared]) shared++;
    const rest = key.slice(shared);
    bytes.push(
      ...base128(shared),
      ...base128(rest.length),
      ...base128(value.length),
      ...new TextEncoder().encode(rest),
      ...value,
    );
    before = key;
  }
  // One restart at 0, no compression, and a checksum that isn't read.
  return [...bytes, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
}

function base128(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) {
    bytes.push(value % 128 + 128);
  }
  return [...bytes, value];
}

/** The files in the form that readers accept. */
export function savedModelFile({ pb, index, data }: SavedModel): ForeignFile {
  const files: Readonly<Record<string, Uint8Array>> = {
    "variables/variables.index": index,
    "variables/variables.data-00000-of-00001": data,
  };
  return {
    name: "saved_model.pb",
    bytes: pb,
    sibling: (name) => Promise.resolve(files[name]),
  };
}
