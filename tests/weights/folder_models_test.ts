import assert from "node:assert/strict";
import { loadNetwork } from "../../src/weights/mod.ts";
import { makeLayersModel, writeLayersModel } from "../layers_model.ts";
import { temporaryFolder } from "./store/temporary_folder.ts";

const NONE =
  "it is a folder that has none of model.json, model.safetensors, saved_model.pb, model.weights.h5, pytorch_model.bin: ";

Deno.test("a folder without a standard name says which models it has", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  const advice = async () => {
    let message = "";
    await assert.rejects(loadNetwork(path), (error: Error) => {
      assert.equal(error.name, "UnknownModelError");
      message = error.message;
      return true;
    });
    assert.ok(message.includes(NONE), message);
    return message.slice(message.indexOf(NONE) + NONE.length);
  };
  const write = async (name: string, text = "") => {
    const slash = name.indexOf("/");
    if (slash > 0) {
      await Deno.mkdir(`${path}/${name.slice(0, slash)}`, { recursive: true });
    }
    await Deno.writeTextFile(`${path}/${name}`, text);
  };
  for (
    const name of [
      ...["config.json", ".hidden.h5", "group1-shard1of1.bin", "photo.jpg"],
      "x/weights.h5",
    ]
  ) {
    await write(name, "{}");
  }
  assert.equal(await advice(), "give the path of the model's file in it");
  // Two models of TFJS, named by their owner.
  await writeLayersModel(makeLayersModel(), path);
  await Deno.rename(`${path}/model.json`, `${path}/cats #1.json`);
  assert.equal(
    await advice(),
    "give the path of the model in it, cats #1.json",
  );
  // As in a cache of the Hub.
  await Deno.symlink(`${path}/cats #1.json`, `${path}/dogs.json`);
  await Deno.symlink(`${path}/none`, `${path}/broken.h5`);
  assert.equal(
    await advice(),
    "give the path of one of the models in it: cats #1.json, dogs.json",
  );
  for (const name of ["a.onnx", "b/model.json", "c.keras", "d.pth"]) {
    await write(name);
  }
  assert.equal(
    await advice(),
    "give the path of one of the models in it: a.onnx, b/model.json, c.keras, cats #1.json, d.pth and 1 more",
  );
  assert.ok((await loadNetwork(`${path}/dogs.json`)).architecture);
});
