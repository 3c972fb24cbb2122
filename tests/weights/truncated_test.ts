import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../src/errors.ts";
import { loadNetwork } from "../../src/weights/load_network.ts";
import { unpackModel, unpackModels } from "./real_files.ts";
import { temporaryFolder } from "./store/temporary_folder.ts";

for (
  const file of [
    "keras/flat.h5",
    "keras/flat.keras",
    "keras/flat.weights.h5",
    "onnx/torch113_opset13.onnx",
    "tf/float32.tflite",
    "tf/frozen.pb",
    "torch/f32_aux.safetensors",
    "torch/state_dict_213.pth",
    "torch/state_dict_legacy.pth",
  ]
) {
  Deno.test(`loadNetwork() says that ${file} is cut off, wherever it is`, async () => {
    const bytes = unpackModel(file);
    const { length } = bytes;
    for (const end of [100, length >> 1, length - 12]) {
      const [, message] = await failure(bytes.subarray(0, end));
      assert.match(
        message,
        /\. The file is cut off or damaged: fetch it again$/,
      );
    }
  });
}

for (
  const [model, file] of [
    ["tf/tfjs_graph/model.json", "group1-shard1of1.bin"],
    [
      "tf/saved_model/saved_model.pb",
      "variables/variables.data-00000-of-00001",
    ],
    ["onnx/torch213_opset20.onnx", "torch213_opset20.onnx.data"],
  ]
) {
  Deno.test(`loadNetwork() says that ${file} beside a model is cut off`, async () => {
    await using folder = await temporaryFolder();
    const [, inside, name] = model!.match(/^(.*)\/(.*)$/)!;
    await unpackModels(inside!, folder.path);
    await Deno.truncate(`${folder.path}/${file}`, 1000);
    const [, message] = await failure(`${folder.path}/${name}`);
    assert.ok(
      message.endsWith(
        `. The file "${file}" is cut off or damaged: fetch it again`,
      ),
      message,
    );
  });
}

Deno.test("loadNetwork() says that a model.json is cut off, or empty", async () => {
  await using folder = await temporaryFolder();
  await unpackModels("tf/tfjs_graph", folder.path);
  for (const length of [5000, 0]) {
    await Deno.truncate(`${folder.path}/model.json`, length);
    const [, message] = await failure(folder.path);
    assert.match(message, /Cannot read model\.json as it /);
    assert.match(message, /\. The file is cut off or damaged: fetch it again$/);
  }
});

async function failure(
  source: string | Uint8Array,
): Promise<[error: CorruptWeightsError, message: string]> {
  try {
    await loadNetwork(source);
  } catch (error) {
    assert.ok(error instanceof CorruptWeightsError, `${error}`);
    return [error, error.message];
  }
  throw new Error("it must not be loaded");
}
