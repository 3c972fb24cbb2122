import assert from "node:assert/strict";
import { openResultsFile } from "../../src/cli/results_file.ts";
import type { KeptResult } from "../../src/evaluate/results.ts";

const CONDITIONS = { models: ["a"], crops: 1 };

function result(name: string): KeptResult {
  const top = [{ index: 3, probability: 0.75 }, { index: 1, probability: 0.1 }];
  return { name, version: "7 1", top, inference: 50.5 };
}

/** Calls `run` with the path of a file that doesn't exist yet. */
async function withPath(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(`${folder}/results.jsonl`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes results with these names. */
async function write(path: string, ...names: string[]): Promise<void> {
  using results = await openResultsFile(path, CONDITIONS);
  for (const name of names) results.add(result(name));
}

async function names(path: string): Promise<string[]> {
  using results = await openResultsFile(path, CONDITIONS);
  return [...results.kept.keys()];
}

Deno.test("openResultsFile() keeps what is added, and goes on from it", async () => {
  await withPath(async (path) => {
    await write(path, "a.jpg", "日本 \n.jpg");
    await write(path, "b.jpg");
    using results = await openResultsFile(path, CONDITIONS);
    assert.deepEqual(
      [...results.kept.values()],
      ["a.jpg", "日本 \n.jpg", "b.jpg"].map(result),
    );
  });
});

Deno.test("openResultsFile() cuts off what a crash left, wherever it struck", async () => {
  await withPath(async (path) => {
    await write(path, "a.jpg", "é.jpg");
    const whole = await Deno.readFile(path);
    const ends = [...whole.entries()].filter(([_, it]) => it === 10)
      .map(([at]) => at + 1);
    for (let length = 0; length <= whole.length; length++) {
      await Deno.writeFile(path, whole.subarray(0, length));
      const done = ends.filter((end) => end <= length).length;
      const expected = ["a.jpg", "é.jpg"].slice(0, Math.max(0, done - 1));
      assert.deepEqual(await names(path), expected);
      await write(path, "c.jpg");
      assert.deepEqual(await names(path), [...expected, "c.jpg"]);
    }
  });
});

Deno.test("openResultsFile() refuses results of other conditions, and leaves them", async () => {
  await withPath(async (path) => {
    await write(path, "a.jpg");
    const before = await Deno.readFile(path);
    const others = [{ ...CONDITIONS, crops: 12 }, { models: ["a"] }];
    for (const conditions of others) {
      await assert.rejects(openResultsFile(path, conditions), {
        name: "ArgumentError",
        message: /as it was begun with other crops: 1, now (12|undefined)$/,
      });
    }
    assert.deepEqual(await Deno.readFile(path), before);
  });
});

Deno.test("openResultsFile() refuses a file of another kind, and leaves it", async () => {
  const texts = [
    "a photo",
    "two\nlines\n",
    "{}\n",
    "null\n",
    '{"format":"totem evaluation 2"}\n',
    "\x89PNG\r\n\x1a\n",
  ];
  await withPath(async (path) => {
    for (const text of texts) {
      await Deno.writeTextFile(path, text);
      await assert.rejects(openResultsFile(path, CONDITIONS), {
        name: "ArgumentError",
        message: `Cannot resume ${path} as it isn't a file of results`,
      });
      assert.equal(await Deno.readTextFile(path), text);
    }
  });
});

Deno.test("openResultsFile() names a line that isn't a result", async () => {
  const lines = [
    "",
    "{",
    "[]",
    '{"file":1,"top":[[0,1]],"inference":1}',
    '{"file":"a","top":[],"inference":1}',
    '{"file":"a","top":[[0.5,1]],"inference":1}',
    '{"file":"a","top":[[0,"1"]],"inference":1}',
    '{"file":"a","top":[null],"inference":1}',
    '{"file":"a","top":[[0,1]]}',
  ];
  await withPath(async (path) => {
    await write(path, "a.jpg");
    const sound = await Deno.readTextFile(path);
    for (const line of lines) {
      await Deno.writeTextFile(path, `${sound}${line}\n`);
      await assert.rejects(openResultsFile(path, CONDITIONS), {
        name: "ArgumentError",
        message: `Cannot resume ${path} as its line 3 isn't a result`,
      });
    }
  });
});

Deno.test("openResultsFile() keeps of each image what was added last, and knows no version of old lines", async () => {
  await withPath(async (path) => {
    await write(path, "a.jpg", "b.jpg");
    const whole = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, whole.replaceAll(',"version":"7 1"', ""));
    {
      using results = await openResultsFile(path, CONDITIONS);
      assert.deepEqual(
        [...results.kept.values()].map(({ version }) => version),
        [undefined, undefined],
      );
      results.add({ ...result("a.jpg"), version: "8 2" });
    }
    using results = await openResultsFile(path, CONDITIONS);
    assert.equal(results.kept.get("a.jpg")!.version, "8 2");
    assert.equal(results.kept.get("b.jpg")!.version, undefined);
  });
});
