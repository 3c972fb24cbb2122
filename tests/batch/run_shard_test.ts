import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runShard, type ShardIo } from "../../src/batch/run_shard.ts";
import { planDigest } from "../../src/batch/plan.ts";
import { planModel } from "../../src/batch/plan_model.ts";
import { textColumn } from "../../src/batch/columns.ts";
import { load } from "../../mod.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { badPhotos } from "../cli/bad_photos.ts";
import { run } from "../cli/in_process.ts";
import { parseNpy } from "../cli/parse_npy.ts";
import { PHOTOS } from "../cli/totem.ts";
import { NARROW } from "../layers_model.ts";
import { imageServer, refusingUrl } from "./image_server.ts";
import { type MemoryStorage, memoryStorage } from "./memory_storage.ts";
import { modelOf, resultsOf, smallRun } from "./small_run.ts";

const NAMES = ["drum.jpg", "bridge.jpg", "sunset.jpg"];
const ROOT = { root: PHOTOS };
const HERE = fileURLToPath(new URL(".", import.meta.url));

/** The files that a shard has written: all except lists, plan and model. */
function written(storage: unknown): readonly string[] {
  const { files } = storage as MemoryStorage;
  return [...files.keys()].filter((it) => it.startsWith("results/"));
}

Deno.test("a shard's classes are those of totem classify", async () => {
  const small = await smallRun({ urls: NAMES, ...ROOT });
  using classifier = await modelOf(small);
  const { plan, storage } = small;
  const record = await runShard(plan, 0, { classifier, storage });
  const model = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    await Deno.writeFile(model, (await storage.read("model.safetensors"))!);
    const { stdout } = await run([
      "classify",
      "--json",
      "--activation-bits",
      "8",
      "--model",
      model,
      "--variant",
      "75",
      ...NAMES.map((it) => `${PHOTOS}/${it}`),
    ]);
    const expected = stdout.trimEnd().split("\n").map((line, i) => {
      // deno-lint-ignore no-explicit-any
      const classes: any[] = JSON.parse(line).classes;
      const [{ label, index, probability }] = classes;
      return {
        url: NAMES[i],
        label,
        index,
        probability,
        top_labels: classes.map((it) => it.label),
        top_indices: classes.map((it) => it.index),
        top_probabilities: classes.map((it) => it.probability),
        error: null,
        message: null,
      };
    });
    assert.equal(expected[0]!.top_labels.length, 5);
    assert.deepEqual(await resultsOf(storage), expected);
  } finally {
    await Deno.remove(model);
  }
  assert.deepEqual([record.images, record.failed, record.errors], [3, 0, {}]);
  assert.equal(record.plan, await planDigest(plan));
  assert.deepEqual(written(storage), [
    "results/00000.jsonl",
    "results/00000.json", // Written last.
  ]);
});

Deno.test("a model with a sigmoid gives five classes, however unlikely", async () => {
  const network = await narrowNetwork({
    architecture: { ...NARROW, activation: "sigmoid" },
  });
  const model = await planModel(network, { variant: 75 });
  const small = await smallRun({ urls: NAMES.slice(1), model, ...ROOT });
  using classifier = await modelOf(small);
  await runShard(small.plan, 0, { classifier, storage: small.storage });
  for (const { top_probabilities } of await resultsOf(small.storage)) {
    assert.equal(top_probabilities.length, 5);
    const sorted = top_probabilities.toSorted((a: number, b: number) => b - a);
    assert.deepEqual(top_probabilities, sorted);
  }
});

Deno.test("features are an array, with a row of NaN where an image failed", async () => {
  const urls = ["drum.jpg", "none.jpg", "sunset.jpg"];
  const small = await smallRun({ urls, task: "features", ...ROOT });
  using classifier = await modelOf(small);
  const { storage, plan } = small;
  const record = await runShard(plan, 0, { classifier, storage });
  assert.deepEqual(Object.keys(record.files), [
    "results/00000.jsonl",
    "results/00000.npy",
  ]);
  const { shape, values } = parseNpy(
    (await storage.read("results/00000.npy"))!,
  );
  const width = classifier.featureCount;
  assert.deepEqual(shape, [3, width]);
  const row = (i: number) => values.slice(i * width, (i + 1) * width);
  for (const i of [0, 2]) {
    const photo = await Deno.readFile(`${PHOTOS}/${urls[i]}`);
    assert.deepEqual(row(i), await classifier.features(photo));
  }
  assert.ok(row(1).every(Number.isNaN));
  assert.deepEqual(await resultsOf(storage), [
    { url: "drum.jpg", error: null, message: null },
    { url: "none.jpg", error: "absent", message: "there is no such file" },
    { url: "sunset.jpg", error: null, message: null },
  ]);
});

Deno.test("what comes along with an image is in its row, whether it failed or not", async () => {
  const small = await smallRun({
    urls: ["none.jpg", "drum.jpg"],
    columns: [textColumn("id"), { name: "n", type: "INT32" }],
    values: [["a", 1], [null, 2]],
    ...ROOT,
  });
  using classifier = await modelOf(small);
  await runShard(small.plan, 0, { classifier, storage: small.storage });
  const rows = await resultsOf(small.storage);
  assert.deepEqual(rows.map(({ id, n, error }) => [id, n, error]), [
    ["a", 1, "absent"],
    [null, 2, null],
  ]);
});

/** One image with each fault, and good images in between. */
async function poisonRun(tables: "jsonl" | "parquet") {
  const folder = await Deno.makeTempDir();
  const bad = await badPhotos(folder);
  await Deno.writeFile(`${folder}/empty.jpg`, new Uint8Array());
  const photo = await Deno.readFile(`${PHOTOS}/drum.jpg`);
  const server = imageServer({
    "/drum.jpg": () => new Response(photo),
    "/busy": () => new Response("", { status: 503 }),
    "/page": () => new Response("<!doctype html><html></html>"),
  });
  const urls = [
    `${PHOTOS}/drum.jpg`,
    ...bad.map(({ file }) => file),
    `${folder}/empty.jpg`,
    `${folder}/none.jpg`,
    folder,
    `${server.url}/drum.jpg`,
    `${server.url}/gone`,
    `${server.url}/busy`,
    `${server.url}/page`,
    refusingUrl(),
    "ftp://127.0.0.1/a.jpg",
  ];
  return {
    small: await smallRun({ urls, tables }),
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Reads like the default, without its pauses. */
const { readImage } = await (async () => {
  const { imageReader } = await import("../../src/batch/read_image.ts");
  return { readImage: imageReader({ pause: 1 }) };
})();

Deno.test("each kind of bad image is a row, and no row has a path or the system's words", async () => {
  await using poison = await poisonRun("jsonl");
  const { plan, storage } = poison.small;
  using classifier = await modelOf(poison.small);
  const details: string[] = [];
  const record = await runShard(plan, 0, {
    classifier,
    storage,
    readImage,
    onFailed: (_, { message }) => details.push(message),
  });
  const rows = await resultsOf(storage);
  assert.deepEqual(
    rows.map(({ error }) => error),
    [
      null,
      "corrupt-image",
      "unsupported-image",
      "image-too-large",
      "unsupported-image",
      "absent",
      "unsupported-image",
      null,
      "http-404",
      "unreachable",
      "unsupported-image",
      "unreachable",
      "absent",
    ],
  );
  const messages = rows.map(({ message }) => `${message}`);
  assert.ok(
    messages.every((it) => !/127\.0|tmp|os error/.test(it)),
    `${messages}`,
  );
  assert.equal(messages[9], "unreachable after 3 tries");
  assert.equal(
    messages[10],
    "Cannot decode HTML: it is a web page, so give the address or the file of an image",
  );
  // The log may have them.
  assert.equal(details.length, 11);
  assert.ok(
    details.some((it) =>
      /\/busy in 3 tries: the server answered 503$/.test(it)
    ),
  );
  assert.equal(record.failed, 11);
  assert.deepEqual(record.errors, {
    absent: 2,
    "corrupt-image": 1,
    "http-404": 1,
    "image-too-large": 1,
    unreachable: 2,
    "unsupported-image": 4,
  });
});

Deno.test("a shard has the same bytes with one thread and with several", async () => {
  await using poison = await poisonRun("parquet");
  const { plan, storage } = poison.small;
  const outputs: [string, Uint8Array][][] = [];
  for (const threads of [1, 2]) {
    using classifier = await modelOf(poison.small, threads);
    const other = memoryStorage();
    for (const [name, bytes] of (storage as MemoryStorage).files) {
      await other.write(name, bytes);
    }
    await runShard(plan, 0, { classifier, storage: other, readImage });
    outputs.push(
      [...other.files].filter(([name]) => name.startsWith("results/")),
    );
  }
  assert.equal(outputs[0]!.length, 2);
  assert.deepEqual(outputs[1], outputs[0]);
});

Deno.test("a shard that is done isn't done again", async () => {
  const small = await smallRun({ urls: NAMES, ...ROOT });
  const { plan, storage } = small;
  using classifier = await modelOf(small);
  const record = await runShard(plan, 0, { classifier, storage });
  const again = await runShard(plan, 0, {
    classifier,
    storage,
    readImage: () => assert.fail("it is done"),
  });
  assert.deepEqual(again, record);
});

Deno.test("a list that is gone or was changed is refused by its name", async () => {
  const small = await smallRun({ urls: NAMES, ...ROOT });
  const { plan } = small;
  const storage = small.storage as MemoryStorage;
  using classifier = await modelOf(small);
  const list = storage.files.get("lists/00000.jsonl")!;
  list[10]! ^= 1;
  const io = { classifier, storage };
  await assert.rejects(runShard(plan, 0, io), {
    name: "CorruptRunError",
    message:
      /^Cannot run shard 0 by memory\/lists\/00000.jsonl as it isn't the one that was planned/,
  });
  storage.files.delete("lists/00000.jsonl");
  await assert.rejects(runShard(plan, 0, io), {
    name: "CorruptRunError",
    message: /as it isn't there/,
  });
  assert.deepEqual(written(storage), []);
});

Deno.test("another model than the plan's is refused", async () => {
  const small = await smallRun({ urls: NAMES, ...ROOT });
  const { plan, storage } = small;
  using classifier = await load(await narrowNetwork(), {
    variant: 75,
    activationBits: 7,
  });
  await assert.rejects(runShard(plan, 0, { classifier, storage }), {
    name: "ModelMismatchError",
  });
});

/** The causes of a shard's failure, with their effects. */
const MACHINE_FAULTS: Readonly<
  Record<string, readonly [Partial<ShardIo>, RegExp]>
> = {
  "an image that can't be read": [
    { readImage: () => Promise.reject(new Error("EIO")) },
    /^EIO$/,
  ],
  "a root that isn't there": [
    { root: `${HERE}/none` },
    /^Cannot find images in .*none as that folder isn't there: mount it/,
  ],
  "no file that is there": [
    { readImage: () => Promise.resolve(undefined) },
    /^Cannot run shard 0 as 3 of its 3 images aren't there, such as drum.jpg: mount their folder .*--root.*; if they are gone, give --allow-absent, or allowAbsent$/,
  ],
};

for (const [what, [io, message]] of Object.entries(MACHINE_FAULTS)) {
  Deno.test(`${what} fails the shard, and nothing is written`, async () => {
    const small = await smallRun({ urls: NAMES, ...ROOT });
    const { plan, storage } = small;
    using classifier = await modelOf(small);
    await assert.rejects(runShard(plan, 0, { classifier, storage, ...io }), {
      message,
    });
    assert.deepEqual(written(storage), []);
  });
}

Deno.test("a model that was disposed fails the shard, and nothing is written", async () => {
  const small = await smallRun({ urls: NAMES, ...ROOT });
  const { plan, storage } = small;
  const classifier = await modelOf(small);
  await assert.rejects(
    runShard(plan, 0, {
      classifier,
      storage,
      onProgress: () => classifier.dispose(),
    }),
    { name: "DisposedError" },
  );
  assert.deepEqual(written(storage), []);
});

Deno.test("that no image is there is believed when it is said, or there is one", async () => {
  const small = await smallRun({ urls: ["a.jpg", "b.jpg"], ...ROOT });
  using classifier = await modelOf(small);
  const { failed } = await runShard(small.plan, 0, {
    classifier,
    storage: small.storage,
    allowAbsent: true,
  });
  assert.equal(failed, 2);
  const one = await smallRun({ urls: ["a.jpg"], ...ROOT });
  const record = await runShard(one.plan, 0, {
    classifier,
    storage: one.storage,
  });
  assert.equal(record.failed, 1);
});

Deno.test("that most addresses can't be reached is the machine's fault, unless it is said", async () => {
  const photo = await Deno.readFile(`${PHOTOS}/drum.jpg`);
  await using server = imageServer({ "/drum.jpg": () => new Response(photo) });
  const urls = [refusingUrl(), `${server.url}/drum.jpg`, refusingUrl()];
  const small = await smallRun({ urls });
  const { plan, storage } = small;
  using classifier = await modelOf(small);
  const io = { classifier, storage, readImage };
  await assert.rejects(runShard(plan, 0, io), {
    name: "ImageUnavailableError",
    message: /2 of its 3 images can't be reached, .*--allow-absent/,
  });
  assert.deepEqual(written(storage), []);
  const { errors } = await runShard(plan, 0, { ...io, allowAbsent: true });
  assert.deepEqual(errors, { unreachable: 2 });
});

Deno.test("what can't be reached is a row where others can", async () => {
  const photo = await Deno.readFile(`${PHOTOS}/drum.jpg`);
  await using server = imageServer({ "/drum.jpg": () => new Response(photo) });
  const urls = [`${server.url}/drum.jpg`, refusingUrl()];
  const small = await smallRun({ urls });
  const { plan, storage } = small;
  using classifier = await modelOf(small);
  const { errors } = await runShard(plan, 0, {
    classifier,
    storage,
    readImage,
  });
  assert.deepEqual(errors, { unreachable: 1 });
  assert.deepEqual(server.asked, ["/drum.jpg"]);
  assert.equal((await resultsOf(storage))[0].error, null);
});

Deno.test("a signal ends a shard before, while and after images run, and nothing is written", async () => {
  const small = await smallRun({ urls: NAMES, ...ROOT });
  const { plan, storage } = small;
  using classifier = await modelOf(small);
  for (const when of [0, 1, 3]) {
    const controller = new AbortController();
    if (when === 0) controller.abort();
    await assert.rejects(
      runShard(plan, 0, {
        classifier,
        storage,
        signal: controller.signal,
        onProgress: (done) => done === when && controller.abort("enough"),
      }),
      { name: "AbortError" },
      `${when}`,
    );
    assert.deepEqual(written(storage), []);
  }
});

Deno.test("a signal ends downloads that never answer", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const controller = new AbortController();
  const { signal } = controller;
  const small = await smallRun({ urls: ["http://127.0.0.1/a.jpg"] });
  using classifier = await modelOf(small);
  const running = runShard(small.plan, 0, {
    classifier,
    storage: small.storage,
    signal,
    readImage: (_, { signal }) => {
      resolve();
      return new Promise((_, reject) =>
        signal!.addEventListener("abort", () => reject(signal!.reason))
      );
    },
  });
  await asked;
  controller.abort("enough");
  await assert.rejects(running, { name: "AbortError" });
});

Deno.test("an image that doesn't come keeps no other from running", async () => {
  const { promise: last, resolve } = Promise.withResolvers<void>();
  const photo = await Deno.readFile(`${PHOTOS}/drum.jpg`);
  const urls = Array.from({ length: 40 }, (_, i) => `http://127.0.0.1/${i}`);
  const small = await smallRun({ urls });
  const { plan, storage } = small;
  using classifier = await modelOf(small);
  let count = 0;
  await runShard(plan, 0, {
    classifier,
    storage,
    async readImage(url) {
      if (url.endsWith("/0")) await last;
      return photo;
    },
    onProgress: (done) => {
      count = done;
      if (done === 39) resolve();
    },
  });
  assert.equal(count, 40);
  assert.deepEqual((await resultsOf(storage)).map(({ url }) => url), urls);
});

Deno.test("runShard() checks its arguments", async () => {
  const small = await smallRun({ urls: NAMES, ...ROOT });
  const { plan, storage } = small;
  using classifier = await modelOf(small);
  const io = { classifier, storage };
  // deno-lint-ignore no-explicit-any
  const refused = async (message: RegExp, ...args: any[]) =>
    await assert.rejects(
      // deno-lint-ignore no-explicit-any
      (runShard as any)(...args),
      { name: "ArgumentError", message },
    );
  await refused(/its plan must be sound/, {}, 0, io);
  await refused(
    /its number must be a whole number in 0\.\.0: current value is 1/,
    plan,
    1,
    io,
  );
  await refused(/classifier must be one/, plan, 0, { storage });
  await refused(/its storage must be/, plan, 0, { classifier });
  await refused(/allowAbsent must be true or false/, plan, 0, {
    ...io,
    allowAbsent: 1,
  });
  await refused(/readImage must be a function/, plan, 0, {
    ...io,
    readImage: 1,
  });
  await refused(/no option "rooot"/, plan, 0, { ...io, rooot: "" });
});

Deno.test("a shard that another worker did meanwhile keeps that worker's files", async () => {
  const photo = await Deno.readFile(`${PHOTOS}/drum.jpg`);
  const urls = ["a.jpg", "b.jpg"];
  const small = await smallRun({ urls, task: "features", ...ROOT });
  const { plan, storage } = small;
  using classifier = await modelOf(small);
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const late = runShard(plan, 0, {
    classifier,
    storage,
    readImage: async (url) => {
      await done;
      return url === "a.jpg" ? photo : undefined;
    },
  });
  const first = await runShard(plan, 0, {
    classifier,
    storage,
    readImage: () => Promise.resolve(photo),
  });
  const files = new Map((storage as MemoryStorage).files);
  resolve();
  assert.deepEqual(await late, first);
  assert.deepEqual((storage as MemoryStorage).files, files);
});
