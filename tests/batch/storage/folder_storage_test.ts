import assert from "node:assert/strict";
import { folderStorage } from "../../../src/batch/storage/folder_storage.ts";
import { openStorage } from "../../../src/batch/storage/open_storage.ts";
import type { RunStorage } from "../../../src/batch/storage.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const LEFTOVER = "00003.json.0f8fad5b-d9cb-469f-a165-70867728950e.part";
const DAY = 24 * 3600 * 1000;

/** Registers a test with the storage of a folder that doesn't exist yet. */
function test(
  name: string,
  run: (storage: RunStorage, folder: string) => Promise<void>,
): void {
  Deno.test(name, async () => {
    const parent = await Deno.makeTempDir({ prefix: "a run " });
    const folder = `${parent}/new/run`;
    try {
      await run(await openStorage(folder), folder);
    } finally {
      await Deno.remove(parent, { recursive: true });
    }
  });
}

async function namesOf(storage: RunStorage, folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of storage.list(folder)) names.push(name);
  return names.sort();
}

test("a folder has what was written", async (storage, folder) => {
  assert.equal(storage.address, folder);
  assert.equal(await storage.read("results/00000.json"), undefined);
  assert.equal(await storage.has("results/00000.json"), false);
  assert.deepEqual(await namesOf(storage, "results"), []);
  const before = Date.now();
  await storage.write("results/00000.json", bytesOf("first"));
  await storage.write("results/00000.json", bytesOf("second"));
  await storage.write("plan.json", bytesOf(""));
  assert.deepEqual(
    await storage.read("results/00000.json"),
    bytesOf("second"),
  );
  assert.deepEqual(await storage.read("plan.json"), bytesOf(""));
  assert.equal(await storage.has("plan.json"), true);
  assert.equal(await storage.has("results"), false);
  const files = await Array.fromAsync(storage.list("results"));
  assert.deepEqual(files.map(({ name }) => name), ["results/00000.json"]);
  assert.ok(Math.abs(files[0]!.modified - before) < DAY);
});

test("a list has whole files alone, however many", async (storage, folder) => {
  const names = Array.from({ length: 70 }, (_, i) => `lists/${i}.parquet`);
  for (const name of names) await storage.write(name, bytesOf("x"));
  await Deno.mkdir(`${folder}/lists/below`);
  await Deno.writeTextFile(`${folder}/lists/${LEFTOVER}`, "cut");
  assert.deepEqual(await namesOf(storage, "lists"), names.sort());
});

test("what killed processes left is removed after a day", async (_, folder) => {
  await Deno.mkdir(`${folder}/results`, { recursive: true });
  const [old, fresh] = [LEFTOVER, LEFTOVER.replace("00003", "00004")];
  for (const name of [old, fresh, "00003.part"]) {
    await Deno.writeTextFile(`${folder}/results/${name}`, "cut");
  }
  const then = new Date(Date.now() - 2 * DAY);
  for (const name of [old, "00003.part"]) {
    await Deno.utime(`${folder}/results/${name}`, then, then);
  }
  await folderStorage(folder).write("results/00005.json", bytesOf("x"));
  assert.deepEqual(
    Array.from(Deno.readDirSync(`${folder}/results`), (it) => it.name).sort(),
    ["00003.part", fresh, "00005.json"],
  );
});

test(
  "writers of the same file don't disturb each other",
  async (storage, folder) => {
    const text = "a text ".repeat(10000);
    const write = () => folderStorage(folder).write("plan.json", bytesOf(text));
    await Promise.all(Array.from({ length: 20 }, write));
    assert.deepEqual(await storage.read("plan.json"), bytesOf(text));
    assert.deepEqual(await namesOf(storage, "results"), []);
    assert.equal([...Deno.readDirSync(folder)].length, 1);
  },
);

test("names don't lead out of the folder", async (storage) => {
  const names = ["", "..", "../a", "a/../b", "/a", "a//b", "a/", "a\\b", "C:a"];
  for (const name of names) {
    for (const use of ["read", "has", "write"] as const) {
      await assert.rejects(storage[use](name, bytesOf("") as never), {
        name: "ArgumentError",
        message: /^Cannot store a file as its name must be of letters/,
      });
    }
  }
});

test("faults of the disk name the file", async (storage, folder) => {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/results`, "in the way");
  await assert.rejects(storage.write("results/00000.json", bytesOf("x")), {
    name: "StorageError",
    code: "storage",
    message:
      `Cannot write ${folder}/results/00000.json: a part of its path is not a folder`,
  });
  // A failed operation is retried.
  await Deno.remove(`${folder}/results`);
  await storage.write("results/00000.json", bytesOf("x"));
  const { open } = Deno;
  const full = () => {
    const fault = new Error("No space left on device (os error 28)");
    return Promise.reject(Object.assign(fault, { code: "ENOSPC" }));
  };
  Deno.open = full;
  try {
    await assert.rejects(storage.write("plan.json", bytesOf("x")), {
      name: "StorageError",
      message:
        `Cannot write ${folder}/plan.json: the disk is full: free some space, or choose another disk`,
    });
  } finally {
    Deno.open = open;
  }
  assert.equal(await storage.has("plan.json"), false);
});

test("a missing permission is told by Deno's own error", async (storage) => {
  const { stat } = Deno;
  const fault = new Deno.errors.NotCapable('Requires read access to "run"');
  Deno.stat = () => Promise.reject(fault);
  try {
    await assert.rejects(storage.has("plan.json"), (it) => it === fault);
  } finally {
    Deno.stat = stat;
  }
});

test("reading ends when the signal fires", async (storage) => {
  await storage.write("plan.json", bytesOf("x"));
  await assert.rejects(storage.read("plan.json", AbortSignal.abort()), {
    name: "AbortError",
  });
});

Deno.test("an address is a folder's path", async () => {
  assert.equal((await openStorage("run/")).address, "run");
  for (const address of ["", "ftp://host/run", undefined as never]) {
    await assert.rejects(openStorage(address), {
      name: "ArgumentError",
      message: /^Cannot open a batch run as its address must be/,
    });
  }
});
