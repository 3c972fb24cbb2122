import assert from "node:assert/strict";
import type { Corpus, CorpusRow } from "../../src/batch/corpus/corpus.ts";
import { makePlan } from "../../src/batch/make_plan.ts";
import { planModel } from "../../src/batch/plan_model.ts";
import { planDigest, readPlan } from "../../src/batch/plan.ts";
import type { PlanOptions } from "../../src/batch/plan_options.ts";
import { readTable } from "../../src/batch/read_table.ts";
import { RECORD_FORMAT, recordText } from "../../src/batch/record.ts";
import { listColumns, textColumn } from "../../src/batch/columns.ts";
import { VERSION } from "../../src/version.ts";
import { sha256OfBytes } from "../../src/weights/store/sha256.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { NARROW } from "../layers_model.ts";
import { memoryStorage } from "./memory_storage.ts";

const int8 = await narrowNetwork();
const SIZE = { variant: 75 } as const;
const model = await planModel(int8, SIZE);
const LINES: PlanOptions = { tables: "jsonl" };

Deno.test("a plan cuts a corpus into lists", async () => {
  const storage = memoryStorage();
  const shards: number[][] = [];
  const plan = await makePlan(corpusOf(25), model, storage, {
    ...LINES,
    shardSize: 10,
    maxPixels: 1e6,
    maxMemory: 1e7,
    onProgress: (...it) => shards.push(it),
  });
  assert.deepEqual([...storage.files.keys()], [
    "lists/00000.jsonl",
    "lists/00001.jsonl",
    "lists/00002.jsonl",
    "model.safetensors",
    "plan.json",
  ]);
  assert.deepEqual(shards, [[10, 1], [20, 2], [25, 3]]);
  assert.deepEqual(await readPlan(storage), plan);
  const hashes = [0, 1, 2].map((it) =>
    sha256OfBytes(storage.files.get(`lists/0000${it}.jsonl`)!)
  );
  assert.deepEqual(plan, {
    format: "totem batch 1",
    totem: VERSION,
    task: "classify",
    tables: "jsonl",
    model: model.planned,
    images: {
      corpus: "photos",
      count: 25,
      columns: [textColumn("title")],
      maxPixels: 1e6,
      maxMemory: 1e7,
      allowTruncated: false,
    },
    shardSize: 10,
    lists: await Promise.all(hashes),
  });
  const last = storage.files.get("lists/00002.jsonl")!;
  assert.deepEqual(
    (await readTable("jsonl", last, listColumns(plan), "it")).rows[4],
    ["24.jpg", "title 24"],
  );
});

Deno.test("lists are Parquet unless asked otherwise", async () => {
  const storage = memoryStorage();
  const plan = await makePlan(corpusOf(1000), model, storage);
  assert.equal(plan.tables, "parquet");
  assert.equal(plan.lists.length, 1);
  const list = storage.files.get("lists/00000.parquet")!;
  const { rows } = await readTable("parquet", list, listColumns(plan), "it");
  assert.equal(rows.length, 1000);
  assert.deepEqual(rows[999], ["999.jpg", "title 999"]);
});

Deno.test("a corpus's column that is called like ours is renamed", async () => {
  const storage = memoryStorage();
  const corpus = { ...corpusOf(1), columns: [textColumn("label")] };
  const { images } = await makePlan(corpus, model, storage, LINES);
  assert.deepEqual(images.columns, [textColumn("input_label")]);
  assert.equal(
    new TextDecoder().decode(storage.files.get("lists/00000.jsonl")),
    '{"url":"0.jpg","input_label":"title 0"}\n',
  );
});

Deno.test("the same images and options give the same bytes", async () => {
  const [one, other] = [memoryStorage(), memoryStorage()];
  for (const storage of [one, other]) {
    await makePlan(corpusOf(7), model, storage, { shardSize: 3 });
  }
  assert.deepEqual(other.files, one.files);
});

Deno.test("a corpus without images is refused, and nothing is written", async () => {
  const storage = memoryStorage();
  await assert.rejects(makePlan(corpusOf(0), model, storage, LINES), {
    name: "ArgumentError",
    message: "Cannot plan a batch run as there are no images in photos",
  });
  assert.equal(storage.files.size, 0);
});

Deno.test("a corpus that fails leaves no plan, and planning again starts over", async () => {
  const storage = memoryStorage();
  const broken: Corpus = {
    ...corpusOf(20),
    async *rows() {
      yield* corpusOf(20).rows();
      throw new Error("the disk is gone");
    },
  };
  const options = { ...LINES, shardSize: 8 };
  await assert.rejects(
    makePlan(broken, model, storage, options),
    /the disk is gone/,
  );
  assert.ok(storage.files.has("lists/00001.jsonl"));
  assert.equal(await readPlan(storage), undefined);
  const plan = await makePlan(corpusOf(12), model, storage, options);
  assert.equal(plan.lists.length, 2);
  assert.equal(
    plan.lists[1],
    await sha256OfBytes(storage.files.get("lists/00001.jsonl")!),
  );
});

Deno.test("an aborted planning leaves no plan", async () => {
  const storage = memoryStorage();
  const controller = new AbortController();
  let closed = false;
  const endless: Corpus = {
    ...corpusOf(0),
    async *rows() {
      try {
        for (let i = 0;; i++) yield { url: `${i}.jpg`, values: ["it"] };
      } finally {
        closed = true;
      }
    },
  };
  await assert.rejects(
    makePlan(endless, model, storage, {
      ...LINES,
      shardSize: 10,
      signal: controller.signal,
      onProgress: (images) => {
        if (images >= 100) controller.abort();
      },
    }),
    { name: "AbortError" },
  );
  assert.ok(closed);
  assert.equal(await readPlan(storage), undefined);
});

Deno.test("a run whose plan is gone is planned again only as it was", async () => {
  const storage = memoryStorage();
  const plan = await makePlan(corpusOf(9), model, storage, LINES);
  const record = recordText({
    format: RECORD_FORMAT,
    plan: await planDigest(plan),
    shard: 0,
    images: 9,
    failed: 0,
    errors: {},
    files: {},
  });
  const bytes = new TextEncoder().encode(record);
  await storage.write("results/00000.json", bytes);
  storage.files.delete("plan.json");
  const other = { ...LINES, allowTruncated: true };
  await assert.rejects(makePlan(corpusOf(9), model, storage, other), {
    name: "ArgumentError",
    message:
      /^Cannot plan memory as it has results of another plan: .*results\/00000\.json/,
  });
  assert.equal(await readPlan(storage), undefined);
  assert.deepEqual(await makePlan(corpusOf(9), model, storage, LINES), plan);
});

Deno.test("two that plan the same run at once write the same", async () => {
  const storage = memoryStorage();
  const plan = () =>
    makePlan(corpusOf(50), model, storage, { ...LINES, shardSize: 10 });
  const [one, other] = await Promise.all([plan(), plan()]);
  assert.deepEqual(one, other);
  assert.deepEqual(await readPlan(storage), one);
});

Deno.test("a run that is planned already stays as it is", async () => {
  const storage = memoryStorage();
  const options = { ...LINES, shardSize: 2 };
  const plan = await makePlan(corpusOf(3), model, storage, options);
  const before = new Map(storage.files);
  const unread: Corpus = {
    ...corpusOf(0),
    address: "photos/",
    rows: () => assert.fail("the corpus is walked again"),
  };
  assert.deepEqual(await makePlan(unread, model, storage, options), plan);
  assert.deepEqual(storage.files, before);
});

Deno.test("a model that is gone comes back when the run is planned again", async () => {
  const storage = memoryStorage();
  await makePlan(corpusOf(3), model, storage, LINES);
  storage.files.delete("model.safetensors");
  await makePlan(corpusOf(3), model, storage, LINES);
  assert.deepEqual(storage.files.get("model.safetensors"), model.file);
});

const bits7 = await planModel(int8, { ...SIZE, activationBits: 7 });
const bigger = await planModel(int8, { variant: 80 });
const sharper = await planModel({
  ...int8,
  preprocessing: { ...int8.preprocessing, resize: "bicubic" },
}, SIZE);
const renamed = await planModel({
  ...int8,
  labels: int8.labels.map((label) => `${label}!`),
}, SIZE);

const OTHERS = [
  ["the task classify, and now it is features", { task: "features" }],
  ["the format jsonl, and now it is parquet", { tables: "parquet" }],
  ["the shard size 1000, and now it is 10", { shardSize: 10 }],
  ["the most pixels not given, and now it is 9", { maxPixels: 9 }],
  ["the most memory not given, and now it is 9", { maxMemory: 9 }],
  [
    "images that may be truncated false, and now it is true",
    { allowTruncated: true },
  ],
  ["activation bits 8, and now it is 7", {}, bits7],
  ["the variant 75, and now it is 80", {}, bigger],
  [
    `the crop and resize ${model.planned.geometry}, and now it is ${sharper.planned.geometry}`,
    {},
    sharper,
  ],
  [
    `the SHA-256 of the model ${model.planned.sha256}, and now it is ${renamed.planned.sha256}`,
    {},
    renamed,
  ],
  [
    "the corpus photos, and now it is others",
    {},
    model,
    { ...corpusOf(3), address: "others" },
  ],
  [
    "the column of addresses url, and now it is link",
    {},
    model,
    { ...corpusOf(3), urlColumn: "link" },
  ],
] as const;

for (const [what, change, changedModel, corpus] of OTHERS) {
  Deno.test(`a run that is planned with ${what} is refused`, async () => {
    const storage = memoryStorage();
    await makePlan(corpusOf(3), model, storage, LINES);
    const before = new Map(storage.files);
    await assert.rejects(
      makePlan(corpus ?? corpusOf(3), changedModel ?? model, storage, {
        ...LINES,
        ...change,
      }),
      {
        name: "ArgumentError",
        message:
          `Cannot plan memory again as it was planned with ${what}: ask for the same, or plan in another folder`,
      },
    );
    assert.deepEqual(storage.files, before);
  });
}

Deno.test("a model that gives no probabilities has its features planned alone", async () => {
  const { architecture } = int8;
  const classless = { architecture: { ...NARROW, classes: 0 } };
  const models = [
    [await planModel(await narrowNetwork(classless), SIZE), /has no classes/],
    [
      await planModel({
        ...int8,
        architecture: { ...architecture, activation: "none" },
      }, SIZE),
      /gives logits, not probabilities: .*--activation softmax or sigmoid/,
    ],
  ] as const;
  for (const [model, message] of models) {
    const storage = memoryStorage();
    await assert.rejects(makePlan(corpusOf(3), model, storage, LINES), {
      name: "ArgumentError",
      message,
    });
    assert.equal(storage.files.size, 0);
    const options = { ...LINES, task: "features" } as const;
    await makePlan(corpusOf(3), model, storage, options);
  }
});

function corpusOf(count: number): Corpus {
  return {
    address: "photos",
    columns: [textColumn("title")],
    root: undefined,
    notes: [],
    async *rows(): AsyncGenerator<CorpusRow> {
      for (let i = 0; i < count; i++) {
        yield { url: `${i}.jpg`, values: [`title ${i}`] };
      }
    },
  };
}
