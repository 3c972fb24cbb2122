import assert from "node:assert/strict";
import { main, type Signal } from "../../../src/cli.ts";
import { folderStorage } from "../../../src/batch/storage/folder_storage.ts";
import { imageServer } from "../../batch/image_server.ts";
import {
  resultsOf,
  smallRun,
  type SmallRunOptions,
} from "../../batch/small_run.ts";
import { run, testStreams } from "../in_process.ts";
import { isElsewhere, testOnce as test } from "../program.ts";
import { PHOTOS, totem } from "../totem.ts";

const PHOTO = "drum.jpg";

/** A run in a folder, by default of six images in three shards. */
async function runFolder(options: Partial<SmallRunOptions> = {}) {
  const path = await Deno.makeTempDir();
  const storage = folderStorage(`${path}/a run`);
  const { plan } = await smallRun({
    urls: Array(6).fill(PHOTO),
    shardSize: 2,
    root: PHOTOS,
    ...options,
    storage,
  });
  return {
    path: `${path}/a run`,
    plan,
    storage,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

test("batch work does all shards, tells each in a log, and then finds nothing to do", async () => {
  await using it = await runFolder();
  const { code, stdout, stderr } = await run([
    "batch",
    "work",
    it.path,
    "--threads",
    "1",
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(
    stdout,
    `${it.path}: 3 shards with 6 images done here, 0 failed; the run is complete, 3 shards\n`,
  );
  const lines = stderr.trimEnd().split("\n").toSorted();
  assert.equal(lines.length, 3);
  for (const [i, line] of lines.entries()) {
    assert.match(
      line,
      new RegExp(`^0000${i}: 2 images, 0 failed, [\\d.]+ images a second$`),
    );
  }
  const rows = await resultsOf(it.storage, 2);
  assert.deepEqual(rows.map(({ url }) => url), [PHOTO, PHOTO]);
  const again = await run(["batch", "work", it.path]);
  assert.deepEqual([again.code, again.stderr], [0, ""]);
  assert.equal(
    again.stdout,
    `${it.path}: nothing done here; the run is complete, 3 shards\n`,
  );
});

Deno.test("batch work --shard does one, and is content when it is done", async () => {
  await using it = await runFolder();
  const command = ["batch", "work", it.path, "--shard", "1", "--threads", "1"];
  const first = await run(command);
  assert.equal(first.code, 0, first.stderr);
  assert.match(
    first.stdout,
    /1 shard with 2 images done here, 0 failed; 1 of 3 shards done$/m,
  );
  const second = await run(command);
  assert.equal(second.code, 0);
  assert.match(second.stdout, /nothing done here; 1 of 3 shards done$/m);
});

test("batch work names results that can't be used, and isn't complete", async () => {
  await using it = await runFolder();
  await run(["batch", "work", it.path, "--threads", "1"]);
  const text = await it.storage.read("results/00001.json");
  const other = new TextDecoder().decode(text)
    .replace(/"plan": "[^"]*"/, `"plan": "${"0".repeat(64)}"`);
  await it.storage.write("results/00001.json", new TextEncoder().encode(other));
  const problem =
    `Cannot use ${it.path}/results/00001.json as it is of another plan: remove it to have the shard done again\n`;
  const all = await run(["batch", "work", it.path]);
  assert.deepEqual([all.code, all.stdout, all.stderr], [
    1,
    `${it.path}: nothing done here; 2 of 3 shards done\n`,
    `warning ${problem}`,
  ]);
  const one = await run(["batch", "work", it.path, "--shard", "1"]);
  assert.deepEqual([one.code, one.stdout, one.stderr], [
    1,
    "",
    `error ${problem}`,
  ]);
  assert.equal((await run(["batch", "work", it.path, "--shard", "0"])).code, 0);
});

test("batch work --shard says which shards there are", async () => {
  await using it = await runFolder();
  const { code, stderr } = await run([
    "batch",
    "work",
    it.path,
    "--shard",
    "3",
  ]);
  assert.equal(code, 2);
  assert.match(stderr, /Cannot use --shard 3 as the run has 3 shards: 0 to 2/);
});

test("batch work needs a plan", async () => {
  const path = await Deno.makeTempDir();
  try {
    const { code, stderr } = await run(["batch", "work", path]);
    assert.equal(code, 1);
    assert.equal(
      stderr.trimEnd(),
      `error Cannot work on ${path} as there is no run: totem batch plan CORPUS --out ${path} makes it`,
    );
  } finally {
    await Deno.remove(path);
  }
});

test("batch work names shards that it gives up, and does the others", async () => {
  await using it = await runFolder();
  await Deno.remove(`${it.path}/lists/00001.jsonl`);
  const { code, stdout, stderr } = await run([
    "batch",
    "work",
    it.path,
    "--threads",
    "1",
  ]);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /2 shards with 4 images done here, 0 failed; 2 of 3 shards done$/m,
  );
  assert.match(
    stderr,
    /^error shard 00001: Cannot run shard 1 by .*lists\/00001\.jsonl as it isn't there/m,
  );
});

test("batch work --root says where images are on this machine", async () => {
  await using it = await runFolder({ root: `${PHOTOS}/none` });
  const { code, stdout, stderr } = await run([
    "batch",
    "work",
    it.path,
    "--root",
    PHOTOS,
    "--threads",
    "1",
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /6 images done here, 0 failed/);
});

test("batch work --allow-absent believes that all images are gone", async () => {
  await using it = await runFolder({ urls: ["a.jpg", "b.jpg"] });
  const { code, stdout, stderr } = await run([
    "batch",
    "work",
    it.path,
    "--allow-absent",
    "--threads",
    "1",
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /2 images done here, 2 failed; the run is complete/);
  assert.match(stderr, /^00000: 2 images, 2 failed, /);
});

Deno.test("batch work downloads images", async () => {
  const photo = await Deno.readFile(`${PHOTOS}/${PHOTO}`);
  await using server = imageServer({ "/a.jpg": () => new Response(photo) });
  const urls = [`${server.url}/a.jpg`, `${server.url}/b.jpg`];
  await using it = await runFolder({ urls });
  const { code, stderr } = await run(["batch", "work", it.path]);
  assert.equal(code, 0, stderr);
  const errors = (await resultsOf(it.storage)).map(({ error }) => error);
  assert.deepEqual(errors, [null, "http-404"]);
});

Deno.test({
  name: "batch work ends at once without a permission, and names it",
  ignore: isElsewhere(),
  async fn() {
    await using it = await runFolder();
    const { code, stderr } = await totem([
      "batch",
      "work",
      it.path,
      "--threads",
      "1",
    ]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error Cannot go on without write access to .*: run again with --allow-write=/m,
    );
    assert.doesNotMatch(stderr, /tried again|in a row/);
  },
});

/** Runs a worker that gets a signal as soon as it listens; returns the outcome. */
async function signalled(path: string, signal: Signal, ...more: string[]) {
  const streams = testStreams();
  const { addSignalListener } = streams;
  streams.addSignalListener = (of, listener) => {
    addSignalListener(of, listener);
    if (of === signal) queueMicrotask(listener);
  };
  const command = ["batch", "work", path, "--threads", "1", ...more];
  const code = await main(command, streams);
  assert.ok(!streams.isListening);
  return { code, ...streams.output };
}

for (const [signal, expected] of [["SIGTERM", 0], ["SIGINT", 130]] as const) {
  Deno.test({
    name: `batch work ends after ${signal} with ${expected}`,
    ignore: isElsewhere() || Deno.build.os === "windows",
    async fn() {
      await using it = await runFolder();
      const { code, stdout, stderr } = await signalled(it.path, signal);
      assert.equal(code, expected);
      assert.equal(
        stderr,
        `${signal}: ends after the current shard; another signal ends it at once\n`,
      );
      assert.match(stdout, /nothing done here; 0 of 3 shards done$/m);
    },
  });
}

Deno.test({
  name:
    "batch work --shard ends with 1 after SIGTERM when its shard isn't done",
  ignore: isElsewhere() || Deno.build.os === "windows",
  async fn() {
    await using it = await runFolder();
    const { code, stdout } = await signalled(
      it.path,
      "SIGTERM",
      "--shard",
      "1",
    );
    assert.equal(code, 1);
    assert.match(stdout, /nothing done here; 0 of 3 shards done$/m);
  },
});

Deno.test({
  name:
    "batch work finishes the shard in hand after SIGTERM, and a second one ends it",
  ignore: isElsewhere() || Deno.build.os === "windows",
  async fn() {
    const photo = await Deno.readFile(`${PHOTOS}/${PHOTO}`);
    const streams = testStreams();
    const second: unknown[] = [];
    await using server = imageServer({
      "/a.jpg": () => {
        streams.send("SIGTERM");
        try {
          streams.send("SIGTERM");
        } catch (error) {
          second.push(error);
        }
        return new Response(photo);
      },
    });
    const urls = Array(2).fill(`${server.url}/a.jpg`);
    await using it = await runFolder({ urls, shardSize: 1 });
    const code = await main(["batch", "work", it.path], streams);
    assert.equal(code, 0);
    assert.match(
      streams.output.stdout,
      /1 shard with 1 image done here, 0 failed; 1 of 2 shards done$/m,
    );
    assert.match(`${second}`, /The process has ended with 130/);
  },
});

Deno.test({
  name: "batch work shows the images of the run on a terminal",
  ignore: isElsewhere(),
  async fn() {
    await using it = await runFolder({
      urls: Array(2).fill(PHOTO),
    });
    // The progress bar appears after half a second; the clock runs fast here.
    const { now } = performance;
    let extra = 0;
    performance.now = () => now.call(performance) + (extra += 600);
    try {
      const { stderr } = await run(
        ["batch", "work", it.path, "--threads", "1"],
        { isTerminal: true, env: { TERM: "xterm" } },
      );
      assert.match(stderr, /2 of 2 images/);
      assert.match(stderr, /1 of 2 images, [\d.]+ a second, .* left/);
      assert.doesNotMatch(stderr, /images a second/);
    } finally {
      performance.now = now;
    }
  },
});
