import assert from "node:assert/strict";
import { encode, message } from "../../../src/export/onnx/encode_protobuf.ts";
import { delimited } from "../../../src/export/onnx/encode_protobuf.ts";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { importedNetwork } from "../../../src/weights/foreign/network.ts";
import { readSavedModel } from "../../../src/weights/tensorflow/saved_model.ts";
import { assertWeights } from "./assert_weights.ts";
import { graphMessage, image, node } from "./graph_defs.ts";
import {
  functionMessage,
  makeIndex,
  makeSavedModel,
  type SavedModel,
  savedModelFile,
  savedModelMessage,
} from "./saved_models.ts";
import { wholeGraph } from "./whole_graph.ts";

const FORM = { norm: "arithmetic", head: "keras" } as const;
const { nodes, expected, output } = wholeGraph(FORM);
const MODEL = makeSavedModel(nodes, output);

Deno.test("readSavedModel() puts functions where they are called, and variables where they are read", async () => {
  const model = await readSavedModel(savedModelFile(MODEL));
  assertWeights(importedNetwork(model), FORM, expected);
});

/** A SavedModel whose only signature calls `f` of these functions. */
function calling(...functions: Parameters<typeof functionMessage>[]) {
  const graph = message(
    graphMessage([
      image("x"),
      node("PartitionedCall", "serve", ["x"], { f: { callee: "f" } }),
    ]),
    delimited(
      2,
      message(...functions.map((it) => delimited(1, functionMessage(...it)))),
    ),
  );
  return { ...MODEL, pb: encode(savedModelMessage(graph, "", "serve:0")) };
}

const call = (callee: string, name = "call", input = "x") =>
  node("PartitionedCall", name, [input], { f: { callee } });

const patched = (
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  value: number,
) => {
  const copy = bytes.slice();
  copy[at < 0 ? copy.length + at : at] = value;
  return copy;
};

const entry = (...bytes: number[]) => Uint8Array.from(bytes);

const FAULTS: readonly [what: string, model: SavedModel, text: RegExp][] = [
  [
    "an absent function",
    calling(),
    /must have the function "f"/,
  ],
  [
    "functions that call each other",
    calling(
      ["f", ["x"], [call("g")], "call:output:0"],
      ["g", ["x"], [call("f")], "call:output:0"],
    ),
    /must be called <= 256 times, <= 16 deep/,
  ],
  [
    "calls that read each other",
    calling([
      "f",
      ["x"],
      [call("f", "a", "b:output:0"), call("f", "b", "a:output:0")],
      "a:output:0",
    ]),
    /must be called <= 256 times/,
  ],
  [
    "another signature",
    {
      ...MODEL,
      pb: encode(message(
        delimited(
          2,
          message(
            delimited(2, graphMessage([image("x")])),
            delimited(5, message(delimited(1, "a"), delimited(2, message()))),
            delimited(5, message(delimited(1, "b"), delimited(2, message()))),
          ),
        ),
      )),
    },
    /must have the signature "serving_default" with an output: it has "a", "b"/,
  ],
  [
    "no graph",
    { ...MODEL, pb: encode(message()) },
    /one of its graphs must have the tag "serve": of 0/,
  ],
  [
    "an index of another kind",
    { ...MODEL, index: patched(MODEL.index, -1, 0) },
    /must end as LevelDB's tables do/,
  ],
  [
    "an empty index",
    { ...MODEL, index: new Uint8Array() },
    /must end as LevelDB's tables do/,
  ],
  [
    "an index without a header",
    { ...MODEL, index: makeIndex([["a", entry(8, 1)]]) },
    /its shards must be 1..64: they are 0/,
  ],
  [
    "a big-endian checkpoint",
    { ...MODEL, index: makeIndex([["", entry(8, 1, 16, 1)]]) },
    /must be little-endian/,
  ],
  [
    "too many shards",
    { ...MODEL, index: makeIndex([["", entry(8, 65)]]) },
    /its shards must be 1..64: they are 65/,
  ],
  [
    "an absent shard",
    { ...MODEL, index: makeIndex([["", entry(8, 2)]]) },
    /"variables\/variables.data-00000-of-00002" with its variables must lie beside/,
  ],
  [
    "a checkpoint without its variables",
    { ...MODEL, index: makeIndex([["", entry(8, 1)]]) },
    /its checkpoint must have numbers for the variable/,
  ],
  [
    "truncated values",
    { ...MODEL, data: MODEL.data.slice(0, -1) },
    /its files of variables must have \d+ bytes/,
  ],
];

for (const [what, model, text] of FAULTS) {
  Deno.test(`readSavedModel() refuses ${what}`, async () => {
    await assert.rejects(
      async () => await readSavedModel(savedModelFile(model)),
      (error) => {
        assert.ok(error instanceof CorruptWeightsError, String(error));
        assert.match(error.message, text);
        return true;
      },
    );
  });
}

Deno.test("readSavedModel() asks for the files beside it", async () => {
  await assert.rejects(
    async () =>
      await readSavedModel({ name: "saved_model.pb", bytes: MODEL.pb }),
    /the file "variables\/variables.index" with its variables must lie beside it/,
  );
});
