/** Workers without a queue that are killed. */
import assert from "node:assert/strict";
import { folderStorage } from "../../src/batch/storage/folder_storage.ts";
import { smallRun } from "../batch/small_run.ts";
import { programWith } from "../cli/program.ts";
import { PHOTOS } from "../cli/totem.ts";

const SHARDS = 12;

function startWorker(run: string): Deno.ChildProcess {
  const [program, ...args] = programWith(["--allow-all"]);
  return new Deno.Command(program!, {
    args: [...args, "batch", "work", run, "--threads", "1"],
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function resultsIn(run: string): Promise<Map<string, string>> {
  const results = new Map<string, string>();
  for await (const { name } of Deno.readDir(`${run}/results`)) {
    // The partial files of killed workers stay for a day.
    if (name.endsWith(".part")) continue;
    results.set(name, await Deno.readTextFile(`${run}/results/${name}`));
  }
  return new Map([...results].sort());
}

async function makeRun(path: string): Promise<void> {
  const names = Array.from(Deno.readDirSync(PHOTOS), ({ name }) => name).sort();
  const urls = Array.from(
    { length: 20 * SHARDS },
    (_, i) => i % 7 === 3 ? `none${i}.jpg` : names[i % names.length]!,
  );
  const storage = folderStorage(path);
  await smallRun({ urls, shardSize: 20, root: PHOTOS, storage });
}

Deno.test("two workers that are killed again and again leave the bytes of one that isn't", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [whole, torn] = [`${folder}/whole`, `${folder}/torn`];
    await makeRun(whole);
    await makeRun(torn);
    assert.equal((await startWorker(whole).status).code, 0);
    let kills = 0;
    while (kills < 10) {
      const workers = [startWorker(torn), startWorker(torn)];
      await new Promise((resolve) =>
        setTimeout(resolve, 600 + 100 * (kills % 7))
      );
      for (const worker of workers) {
        try {
          worker.kill("SIGKILL");
        } catch { // It has exited already.
        }
        if ((await worker.status).signal === "SIGKILL") kills++;
        else kills += 10; // The run is complete.
      }
    }
    assert.equal((await startWorker(torn).status).code, 0);
    const results = await resultsIn(torn);
    assert.equal(results.size, 2 * SHARDS);
    assert.deepEqual(results, await resultsIn(whole));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
