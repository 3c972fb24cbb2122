import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import {
  delimited,
  encode,
  message,
  varint,
} from "../../../src/export/onnx/encode_protobuf.ts";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { isOnnx } from "../../../src/weights/onnx/model.ts";
import { loadNetwork } from "../../../src/weights/mod.ts";
import { readOnnx } from "../../../src/weights/onnx/read.ts";
import { floats, input, node, onnxFile, type OnnxParts } from "./onnx_file.ts";

const FOLDER = new URL("../../data/models/onnx/", import.meta.url);

function fixture(name: string): Uint8Array {
  return gunzipSync(Deno.readFileSync(new URL(`${name}.gz`, FOLDER)));
}

const read = (
  bytes: Uint8Array,
  files?: Readonly<Record<string, Uint8Array>>,
) =>
  readOnnx({
    name: "m.onnx",
    bytes,
    sibling: files && ((name) => Promise.resolve(files[name])),
  });

Deno.test("an ONNX file is told by its first bytes", () => {
  assert.ok(isOnnx(fixture("torch113_opset11.onnx").subarray(0, 64)));
  assert.ok(isOnnx(fixture("torch213_opset20.onnx").subarray(0, 64)));
  assert.ok(isOnnx(onnxFile({ nodes: [RELU] })));
  // 1 is the version of a SavedModel.
  assert.ok(!isOnnx(Uint8Array.of(0x08, 0x01, 0x12)));
  assert.ok(!isOnnx(new Uint8Array()));
});

Deno.test("transform_input takes ImageNet's normalization back, so the file says its range", async () => {
  const { pixels, usual } = await read(fixture("torch113_opset11.onnx"));
  for (const c of [0, 1, 2]) {
    assert.ok(Math.abs(pixels!.scale[c]! - 1 / 127.5) < 1e-8);
    assert.ok(Math.abs(pixels!.offset[c]! + 1) < 1e-6);
  }
  assert.deepEqual(usual.crop, { kind: "resize", to: 342, size: 299 });
});

Deno.test("without transform_input, ImageNet's normalization is assumed", async () => {
  const { pixels, usual } = await read(fixture("torch113_opset13.onnx"));
  assert.equal(pixels, undefined);
  assert.ok(Math.abs(usual.offset[0] + 0.485 / 0.229) < 1e-9);
});

Deno.test("weights are read from a file beside the model", async () => {
  const model = fixture("torch213_opset20.onnx");
  const name = "torch213_opset20.onnx.data";
  const { layers } = await read(model, { [name]: fixture(name) });
  assert.ok(layers.get("Conv2d_1a_3x3")!.kernel.read().some((it) => it !== 0));
  await refuses(
    read(model, {}),
    `Cannot read the ONNX model as its weights must be in "${name}" beside it: there is no such file`,
  );
  await refuses(
    read(model),
    `Cannot read the ONNX model as its weights are in "${name}" beside it: give its path or address, not its bytes`,
  );
  await refuses(
    read(model, { [name]: fixture(name).subarray(0, 1000) }),
    /^Cannot read the ONNX tensor ".*" as its bytes \d+ to \d+ must lie in "torch213_opset20\.onnx\.data": it has 1000$/,
  );
});

const RELU = node("Relu", ["x"], "y");

Deno.test("models that can't be read are refused", async () => {
  const refusals: [OnnxParts, text: string][] = [
    [
      { nodes: [RELU], opset: 6 },
      "Cannot read the ONNX model as its opset must be of 7..23: it is 6; export it with opset_version=17",
    ],
    [
      { nodes: [RELU], opset: 99 },
      "Cannot read the ONNX model as its opset must be of 7..23: it is 99; export it with opset_version=17",
    ],
    [
      { nodes: [RELU], inputs: [] },
      "Cannot import the ONNX model as it must have one input, the image: it has none",
    ],
    [
      {
        nodes: [RELU],
        inputs: ["x", "z"].map((it) => input(it, [1, 3, 9, 9])),
      },
      'Cannot import the ONNX model as it must have one input, the image: it has "x" and "z"',
    ],
    [
      { nodes: [RELU], inputs: [input("x", [1, 1, 299, 299])] },
      'Cannot import the ONNX model as its input "x" must have the shape [N,3,height,width] or [N,height,width,3]: it has [1,1,299,299]',
    ],
    [
      { nodes: [RELU], inputs: [input("x", [1, 3, 299, 299], 7)] },
      'Cannot import the ONNX model as its input "x" must be of floats or uint8: it is of type 7 in TensorProto.DataType',
    ],
    [
      { nodes: [node("Relu", ["z"], "y")] },
      'Cannot read the ONNX model as what "/y" reads must be given before it: "z" isn\'t',
    ],
    [
      { nodes: [RELU, RELU] },
      'Cannot read the ONNX model as one node must give "y": two do',
    ],
    [
      { nodes: [RELU], outputs: ["z"] },
      "Cannot import the ONNX model as it must have one answer: it has none; export it after model.eval(), which leaves the auxiliary one out",
    ],
    [
      {
        nodes: [RELU, node("Sigmoid", ["x"], "aux")],
        outputs: ["y", "aux"],
      },
      'Cannot import the ONNX model as it must have one answer: it has "y" and "aux"; export it after model.eval(), which leaves the auxiliary one out',
    ],
    [
      { nodes: [node("Einsum", ["x"], "y")] },
      'Cannot find Inception-v3 in the ONNX model as there is nothing like the node "/y" in it: it is an Einsum',
    ],
  ];
  for (const [parts, text] of refusals) {
    await refuses(read(onnxFile(parts)), text);
  }
  await refuses(
    read(encode(message(varint(1, 8)))),
    "Cannot read the ONNX model as it must have a graph: it is absent",
  );
  const twice = delimited(5, message(delimited(1, "axis")));
  const bad = message(
    delimited(1, "x"),
    delimited(4, "Concat"),
    twice,
    twice,
  );
  await refuses(
    read(onnxFile({ nodes: [bad] })),
    'Cannot read an ONNX node as its attribute "axis" must stand once: it stands twice',
  );
});

Deno.test("another network is refused as such, however many results it joins", async () => {
  // DenseNet concatenates the results of all earlier layers: 25, 49, 65 in its
  // variants.
  for (const layers of [25, 65, 200]) {
    const names = Array.from({ length: layers }, (_, i) => `c${i}`);
    const nodes = names.map((name, i) =>
      node("Conv", [i === 0 ? "x" : `j${i}`, i === 0 ? "w" : "v"], name)
    ).flatMap((conv, i) => {
      const joined = names.slice(0, i + 1);
      return [conv, node("Concat", joined, `j${i + 1}`, { axis: 1 })];
    });
    const bytes = onnxFile({
      nodes: [
        ...nodes,
        node("GlobalAveragePool", [`j${layers}`], "p"),
        node("Flatten", ["p"], "y"),
      ],
      tensors: [
        floats("w", [1, 3, 1, 1], 1, 2, 3),
        floats("v", [1, 1, 1, 1], 1),
      ],
    });
    await assert.rejects(loadNetwork(bytes), {
      name: "CorruptWeightsError",
      message: layers === 200
        ? /an ONNX node as it must have field 1 <= 128 times, which is above any Inception-v3's$/
        : new RegExp(
          `Cannot find Inception-v3 in the ONNX model as its node "/j${layers}" must join <= 16 results: it joins more$`,
        ),
    });
  }
});

Deno.test("operators of other domains are refused by their names", async () => {
  const fused = message(node("FusedConv", ["x"], "y"), delimited(7, "com.ms"));
  await refuses(
    read(onnxFile({ nodes: [fused] })),
    /it is a com\.ms\.FusedConv$/,
  );
});

Deno.test("outputs that aren't the answer don't matter", async () => {
  // Features and the first class are outputs beside the answer.
  const nodes = [
    node("GlobalAveragePool", ["x"], "features"),
    node("Flatten", ["features"], "flat"),
    node("Gemm", ["flat", "w"], "logits"),
    node("ArgMax", ["logits"], "first"),
  ];
  const outputs = ["features", "first", "logits"];
  const tensors = [floats("w", [3, 2], 1, 2, 3, 4, 5, 6)];
  // It is found, and read back to the image.
  await refuses(
    read(onnxFile({ nodes, tensors, outputs })),
    "Cannot import the ONNX model as a convolution must read the image: nothing does",
  );
});

async function refuses(
  reading: Promise<unknown>,
  text: string | RegExp,
): Promise<void> {
  await assert.rejects(reading, (error) => {
    assert.ok(error instanceof CorruptWeightsError, String(error));
    if (typeof text === "string") assert.equal(error.message, text);
    else assert.match(error.message, text);
    return true;
  });
}
