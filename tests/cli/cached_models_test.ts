import assert from "node:assert/strict";
import { keptOf } from "../../src/cli/cached_models.ts";
import type { Store, StoreRecord } from "../../src/weights/mod.ts";

const FOLDER = "https://example.org/models";

/** A store with files of these references. */
function storeOf(...references: string[]): Store {
  const records = references.map((reference) => ({ reference } as StoreRecord));
  return { list: () => Promise.resolve(records) } as Partial<Store> as Store;
}

async function namesOf(store: Store, source: string): Promise<string[]> {
  const kept = await keptOf(store, source);
  return kept.map(({ reference }) => reference.slice(FOLDER.length + 1));
}

Deno.test("keptOf() takes a SavedModel's variables, and no other model's files", async () => {
  const saved = [
    "saved/saved_model.pb",
    "saved/variables/variables.index",
    "saved/variables/variables.data-00000-of-00001",
  ];
  const store = storeOf(
    ...saved.map((it) => `${FOLDER}/${it}`),
    `${FOLDER}/saved/other/saved_model.pb`,
    `${FOLDER}/tfjs/model.json`,
    `${FOLDER}/tfjs/variables/weights.bin`,
    `${FOLDER}/tfjs/weights.bin`,
    `${FOLDER}/tfjs/t.onnx`,
    `${FOLDER}/tfjs/t.onnx.data`,
    `${FOLDER}/tfjs/t.keras`,
  );
  assert.deepEqual(
    await namesOf(store, `${FOLDER}/saved/saved_model.pb`),
    saved,
  );
  // The folder's address works, too.
  for (const end of ["", "/"]) {
    assert.deepEqual(await namesOf(store, `${FOLDER}/saved${end}`), saved);
  }
  assert.deepEqual(await namesOf(store, `${FOLDER}/tfjs/model.json`), [
    "tfjs/model.json",
    "tfjs/weights.bin",
  ]);
});

Deno.test("keptOf() takes an ONNX model's weights, and no other model beside it", async () => {
  const own = ["m/a.onnx", "m/a.onnx.data", "m/a.onnx_data", "m/classes.json"];
  const store = storeOf(
    "nsfw int8 format 1 ranges 2 npm:nsfwjs@4.3.0",
    ...[...own, "m/b.onnx", "m/b.onnx.data", "m/flat.keras", "m/frozen.pb"]
      .map((it) => `${FOLDER}/${it}`),
  );
  assert.deepEqual(await namesOf(store, `${FOLDER}/m/a.onnx`), own);
  assert.deepEqual(await namesOf(store, `${FOLDER}/m/frozen.pb`), [
    "m/classes.json",
    "m/frozen.pb",
  ]);
});

Deno.test("keptOf() takes nothing for a model that isn't kept beside another", async () => {
  const names = ["m/a.onnx", "m/classes.json", "m/config.json"];
  const store = storeOf(...names.map((it) => `${FOLDER}/${it}`));
  assert.deepEqual(await namesOf(store, `${FOLDER}/m/a.onnx`), names);
  for (const other of ["m/b.onnx", "m/model.safetensors"]) {
    assert.deepEqual(await namesOf(store, `${FOLDER}/${other}`), []);
  }
  const own = "m/classes.json";
  assert.deepEqual(await namesOf(store, `${FOLDER}/${own}`), [own]);
});
