import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { fileStore } from "../../../src/weights/store/mod.ts";
import { inParts, modelBytes, readAll, sha256Of } from "./model_bytes.ts";
import { answerOf, start } from "./process.ts";
import { namesIn, temporaryFolder } from "./temporary_folder.ts";

const BYTES = modelBytes(600_000);
const HASH = sha256Of(BYTES);
const REFERENCE = "nsfw@4.3.0/int8/format-1";

const noWarning = { onWarning: assert.fail };

Deno.test("a store gives back what was put, in this process and in another", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/made/when/needed`;
  const store = fileStore(path, noWarning);
  assert.equal(await store.get(REFERENCE), undefined);
  assert.deepEqual(await store.list(), []);

  for (const content of [BYTES, inParts(BYTES, 70_000)]) {
    const file = await store.put(REFERENCE, content, { sha256: HASH });
    assert.equal(file.sha256, HASH);
    assert.deepEqual(await readAll(file), BYTES);
  }
  const file = await store.get(REFERENCE);
  assert.equal(file?.size, BYTES.length);
  assert.deepEqual(await readAll(file), BYTES);
  assert.deepEqual(await readAll(file), BYTES, "again");
  await file?.verify();
  assert.deepEqual(await readAll(await store.open(HASH)), BYTES);
  assert.equal(await store.open("0".repeat(64)), undefined);

  const { found, warnings } = JSON.parse(
    await answerOf(start(["get", path, REFERENCE], ["--allow-read"])),
  );
  assert.equal(found, HASH);
  assert.deepEqual(warnings, [], "reading needs no right to write");
});

Deno.test("a store holds a file under its hash, and a record under the reference's", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path, noWarning);
  await store.put(REFERENCE, BYTES);
  const record = `${sha256Of(REFERENCE)}.json`;
  assert.deepEqual(
    await namesIn(folder.path),
    [`${HASH}.safetensors`, record].sort(),
  );
  const json = JSON.parse(await Deno.readTextFile(`${folder.path}/${record}`));
  const { mtime } = await Deno.stat(`${folder.path}/${HASH}.safetensors`);
  assert.ok(Math.abs(Date.parse(json.at) - Date.now()) < 60_000);
  assert.deepEqual(await store.list(), [json]);
  assert.deepEqual(json, {
    reference: REFERENCE,
    sha256: HASH,
    size: BYTES.length,
    at: json.at,
    modified: mtime!.getTime(),
  });
});

Deno.test("put() leaves nothing of content with another hash, or that breaks off", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path, noWarning);
  await assert.rejects(
    store.put("a", BYTES, { sha256: "0".repeat(64) }),
    (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, new RegExp(`must be 0{64}: it is ${HASH}`));
      return true;
    },
  );
  const broken = inParts(BYTES, 50_000, () => {
    throw new SyntaxError("broken");
  });
  await assert.rejects(store.put("a", broken), SyntaxError);
  await assert.rejects(store.put("a", BYTES, { sha256: "../x" }), {
    name: "ArgumentError",
  });
  assert.deepEqual(await namesIn(folder.path), []);
});

Deno.test("put() replaces what a reference stood for", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path, noWarning);
  await store.put("a", BYTES);
  await store.put("a", modelBytes(10));
  assert.deepEqual(await readAll(await store.get("a")), modelBytes(10));
  assert.equal(await store.open(HASH), undefined);
  assert.equal((await namesIn(folder.path)).length, 2);
});

Deno.test("remove() deletes a file when its last reference goes", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path, noWarning);
  await store.put("a", BYTES);
  await store.put("b", BYTES);
  assert.deepEqual((await store.list()).map((it) => it.reference), ["a", "b"]);
  assert.equal(await store.remove("a"), true);
  assert.equal(await store.get("a"), undefined);
  assert.deepEqual(await readAll(await store.get("b")), BYTES);
  assert.equal(await store.remove("b"), true);
  assert.equal(await store.remove("b"), false);
  assert.deepEqual(await namesIn(folder.path), []);
});

Deno.test("get() deletes a file that isn't there in its full size, and says so", async () => {
  await using folder = await temporaryFolder();
  const warnings: string[] = [];
  const store = fileStore(folder.path, {
    onWarning: (it) => warnings.push(it),
  });
  await store.put("a", BYTES);
  await Deno.truncate(`${folder.path}/${HASH}.safetensors`, 1000);
  assert.deepEqual(await store.list(), []);
  assert.equal(await store.get("a"), undefined);
  assert.deepEqual(warnings, [
    "The stored file of a is damaged, and isn't used",
  ]);
  assert.equal(await store.open(HASH), undefined);
  await store.put("a", BYTES);
  assert.deepEqual(await readAll(await store.get("a")), BYTES);
  assert.equal(warnings.length, 1);
});

Deno.test("get() hashes a file that was changed since, and deletes it if it is damaged", async () => {
  await using folder = await temporaryFolder();
  const warnings: string[] = [];
  const store = fileStore(folder.path, {
    onWarning: (it) => warnings.push(it),
  });
  const path = `${folder.path}/${HASH}.safetensors`;
  await store.put("a", BYTES);
  await store.put("b", BYTES);
  await Deno.writeFile(path, damaged());
  await Deno.utime(path, 1, 1);
  assert.equal(await store.get("a"), undefined);
  assert.deepEqual(warnings, [
    "The stored file of a is damaged, and isn't used",
  ]);
  assert.equal(await store.open(HASH), undefined);
  // The new file is valid for all references to its hash.
  await store.put("a", BYTES);
  assert.deepEqual(await readAll(await store.get("a")), BYTES);
  assert.deepEqual(await readAll(await store.get("b")), BYTES);
  assert.equal(warnings.length, 1);
});

Deno.test("get() hashes a file whose time is another once, and knows it from then on", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path, noWarning);
  const path = `${folder.path}/${HASH}.safetensors`;
  await store.put("a", BYTES);
  await Deno.utime(path, 1, 2.5);
  assert.deepEqual(await readAll(await store.get("a")), BYTES);
  assert.equal((await store.list())[0]!.modified, 2500);
  // It isn't hashed again, so damage is missed if the file's time is exactly the
  // same...
  await Deno.writeFile(path, damaged());
  await Deno.utime(path, 1, 2.5);
  const file = await store.get("a");
  assert.deepEqual(await readAll(file), damaged());
  // ... or the same in whole seconds, as after some copies.
  await Deno.utime(path, 1, 2);
  assert.deepEqual(await readAll(await store.get("a")), damaged());
  await assert.rejects(file!.verify(), CorruptWeightsError);
});

Deno.test("a store of before times were recorded is used, and learns them", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path, noWarning);
  await store.put("a", BYTES);
  const record = `${folder.path}/${sha256Of("a")}.json`;
  const { modified, ...old } = JSON.parse(await Deno.readTextFile(record));
  await Deno.writeTextFile(record, JSON.stringify(old));
  assert.deepEqual(await readAll(await store.get("a")), BYTES);
  assert.equal((await store.list())[0]!.modified, modified);
});

Deno.test("verify() deletes a file with other bytes, and says so", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path, noWarning);
  const file = await store.put("a", BYTES);
  await Deno.writeFile(`${folder.path}/${HASH}.safetensors`, damaged());
  await assert.rejects(file.verify(), (error) => {
    assert.ok(error instanceof CorruptWeightsError);
    assert.match(
      error.message,
      new RegExp(`${HASH}: it is ${sha256Of(damaged())}`),
    );
    assert.match(error.message, /It is deleted/);
    return true;
  });
  assert.equal(await store.get("a"), undefined);
});

Deno.test("a file that is gone since it was found is as good as damaged", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path, noWarning);
  const file = await store.put("a", BYTES);
  await store.remove("a");
  await assert.rejects(readAll(file), CorruptWeightsError);
  await assert.rejects(async () => await file.open!(), CorruptWeightsError);
});

Deno.test("no reference and no hash is ever a path", async () => {
  await using folder = await temporaryFolder();
  const inside = `${folder.path}/a/b/store`;
  const outside = `${folder.path}/a/x.safetensors`;
  await Deno.mkdir(inside, { recursive: true });
  await Deno.writeTextFile(outside, "outside");
  const store = fileStore(inside, noWarning);
  const references = [
    "../../x",
    "../x.safetensors",
    "a/b",
    "/etc/passwd",
    "C:\\x",
    "",
    ".",
    "a\0b",
    "\ud800",
    "__proto__",
    "x".repeat(8192),
  ];
  for (const reference of references) {
    await store.put(reference, modelBytes(reference.length));
  }
  for (const reference of references) {
    const file = await store.get(reference);
    assert.deepEqual(await readAll(file), modelBytes(reference.length));
  }
  for (const name of await namesIn(inside)) {
    assert.match(name, /^[\da-f]{64}\.(json|safetensors)$/);
  }
  assert.equal((await store.list()).length, references.length);
  for (const reference of references) {
    assert.equal(await store.remove(reference), true);
  }
  assert.deepEqual(await namesIn(inside), []);

  await assert.rejects(store.put("x".repeat(8193), BYTES), {
    name: "ArgumentError",
  });
  for (const hash of ["../../x", "", `../${HASH}`, HASH.toUpperCase()]) {
    await assert.rejects(store.open(hash), { name: "ArgumentError" });
  }
  assert.deepEqual(await namesIn(inside), []);
  assert.deepEqual(await namesIn(`${folder.path}/a`), ["b", "x.safetensors"]);
  assert.equal(await Deno.readTextFile(outside), "outside");
});

Deno.test("a record that is damaged or somebody else's is as good as absent", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path, noWarning);
  const path = `${folder.path}/${sha256Of("a")}.json`;
  const at = new Date().toISOString();
  const sound = { reference: "a", sha256: HASH, size: BYTES.length, at };
  for (
    const json of [
      "",
      "{",
      "null",
      "[]",
      JSON.stringify({ ...sound, reference: "b" }),
      JSON.stringify({ ...sound, sha256: "../../x" }),
      JSON.stringify({ ...sound, size: "1" }),
      JSON.stringify({ ...sound, at: "x".repeat(70_000) }),
    ]
  ) {
    await store.put("a", BYTES);
    await Deno.writeTextFile(path, json);
    assert.equal(await store.get("a"), undefined, json);
    assert.deepEqual(await store.list(), []);
  }
  await store.put("a", BYTES);
  assert.deepEqual(await readAll(await store.get("a")), BYTES);
});

Deno.test("processes that put at once leave one whole file a reference", async () => {
  await using folder = await temporaryFolder();
  const size = 600_000;
  const processes = [1, 2, 3, 1, 2, 3].map((seed) => ({
    seed,
    process: start(["put", folder.path, `model ${seed}`, `${size}`, `${seed}`]),
  }));
  for (const { seed, process } of processes) {
    const { found, warnings } = JSON.parse(await answerOf(process));
    assert.equal(found, sha256Of(modelBytes(size, seed)));
    assert.deepEqual(warnings, []);
  }
  const store = fileStore(folder.path, noWarning);
  for (const seed of [1, 2, 3]) {
    const file = await store.get(`model ${seed}`);
    assert.deepEqual(await readAll(file), modelBytes(size, seed));
  }
  assert.equal((await namesIn(folder.path)).length, 6);
});

Deno.test("put() replaces one reference from several sides at once", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path, noWarning);
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
  await Promise.all(
    seeds.map((seed) =>
      store.put("same", inParts(modelBytes(9999, seed), 999))
    ),
  );
  const last = await store.put("same", modelBytes(9999, 9));
  await last.verify();
  assert.deepEqual(await readAll(await store.get("same")), modelBytes(9999, 9));
  for (const name of await namesIn(folder.path)) {
    assert.match(name, /^[\da-f]{64}\.(json|safetensors)$/);
    if (!name.endsWith(".safetensors")) continue;
    const bytes = await Deno.readFile(`${folder.path}/${name}`);
    assert.equal(name, `${sha256Of(bytes)}.safetensors`);
  }
});

Deno.test("put() survives that its folder is emptied or deleted", async () => {
  for (const keepFolder of [true, false]) {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/store`;
    const store = fileStore(path, noWarning);
    const content = inParts(BYTES, 70_000, async (controller) => {
      assert.equal((await namesIn(path)).length, 1);
      await Deno.remove(path, { recursive: true });
      if (keepFolder) await Deno.mkdir(path);
      controller.close();
    });
    assert.deepEqual(await readAll(await store.put("a", content)), BYTES);
    assert.deepEqual(await readAll(await store.get("a")), BYTES);
    assert.equal((await namesIn(path)).length, 2);
  }
});

Deno.test("a process that is killed while it writes leaves a store that works", async () => {
  await using folder = await temporaryFolder();
  const process = start(["hang", folder.path]);
  const reader = process.stdout.getReader();
  await reader.read();
  process.kill("SIGKILL");
  await process.status;
  await Promise.all([reader.cancel(), process.stderr.cancel()]);

  const [litter, ...others] = await namesIn(folder.path);
  assert.match(litter!, /^put-[\da-f]{12}-[\da-f]{32}\.partial$/);
  assert.deepEqual(others, []);
  const store = fileStore(folder.path, noWarning);
  assert.equal(await store.get("hang"), undefined);
  assert.deepEqual(await store.list(), []);
  await store.put("a", BYTES);
  assert.ok(
    (await namesIn(folder.path)).includes(litter!),
    "it may be at work",
  );

  const weekAgo = (Date.now() - 8 * 24 * 3600 * 1000).toString(16);
  const old = litter!.replace(/-\w+-/, `-${weekAgo.padStart(12, "0")}-`);
  await Deno.rename(`${folder.path}/${litter}`, `${folder.path}/${old}`);
  await store.put("a", BYTES);
  assert.equal((await namesIn(folder.path)).length, 2);
});

/** The same number of bytes, one of them changed. */
function damaged(): Uint8Array<ArrayBuffer> {
  const other = BYTES.slice();
  other[99]! ^= 1;
  return other;
}
