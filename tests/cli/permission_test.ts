import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { explainPermission } from "../../src/cli/permission.ts";
import { bestEffortStorage } from "../../src/weights/store/best_effort_storage.ts";
import { readText } from "../docs/texts.ts";
import { testStreams } from "./in_process.ts";

const explain = async (needed: string, args: readonly string[]) =>
  await explainPermission(
    testStreams(),
    new Deno.errors.NotCapable(`Requires ${needed}, run again with the flag`),
    args,
  ) ?? [];

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const LOCK = fileURLToPath(new URL("../../totem.lock", import.meta.url));

/** Registers a test of the messages for users who allow only reading. */
function testReading(name: string, fn: () => Promise<void>): void {
  const permissions = { read: true, env: true, write: false, net: false };
  Deno.test({ name, permissions, fn });
}

testReading(
  "explainPermission() names all hosts of a known model, in a whole command",
  async () => {
    const needed = 'net access to "storage.googleapis.com:443"';
    const [first, command] = await explain(needed, ["pull", "imagenet-timm"]);
    const flag = "--allow-net=storage.googleapis.com,huggingface.co";
    assert.ok(first?.endsWith(`run again with ${flag}`), first);
    assert.ok(
      command!.includes(
        `: deno run --unstable-npm-lazy-caching --lock=${LOCK} --allow-read --allow-env=TOTEM_CACHE,`,
      ),
      command,
    );
    assert.ok(command!.endsWith(` ${flag} ${CLI} pull imagenet-timm`), command);
    const [keras] = await explain(needed, ["pull", "imagenet-keras"]);
    assert.match(keras!, /--allow-net=storage\.googleapis\.com$/);
  },
);

testReading(
  "explainPermission() keeps a port, and quotes what a shell would split",
  async () => {
    const [first, command] = await explain('net access to "a.example:80"', [
      "classify",
      "it's me.jpg",
    ]);
    assert.match(first!, /run again with --allow-net=a\.example:80$/);
    assert.match(command!, /src\/cli\.ts classify 'it'\\''s me\.jpg'$/);
  },
);

testReading(
  "explainPermission() allows the variables of buckets where they are used",
  async () => {
    const needed = 'net access to "photos.s3.eu-west-1.amazonaws.com:443"';
    const args = [
      "batch",
      "plan",
      "s3://photos/",
      "--out",
      "s3://photos-2/run",
    ];
    const [, command] = await explain(needed, args);
    assert.match(
      command!,
      /,AWS_ACCESS_KEY_ID,\S+,AWS_ENDPOINT_URL (--allow-write=\S+ )?--allow-net=photos\.s3\.eu-west-1\.amazonaws\.com \S+ batch plan /,
    );
    assert.doesNotMatch(command!, /--allow-write=\S*s3:/);
    const [, other] = await explain(needed, ["classify", "a.jpg"]);
    assert.doesNotMatch(other!, /AWS_/);
  },
);

testReading(
  "explainPermission() allows the host and the variables of a queue where it is used",
  async () => {
    const allowed =
      /,NODE_ENV,\S+,PGAPPNAME --allow-write=\S*\brun\S* --allow-net=db:5432 \S+ batch work run /;
    const args = ["batch", "work", "run", "--queue", "postgres://db/jobs"];
    for (
      const needed of [
        'net access to "db:5432"',
        'env access to "PGPASSWORD"',
        'write access to "run/results/00000.json"',
      ]
    ) {
      const [, command] = await explain(needed, args);
      assert.match(command!, allowed, needed);
    }
    const redis = ["batch", "cancel", "run", "--queue=rediss://me:pw@db"];
    const [, command] = await explain('env access to "NODE_ENV"', redis);
    assert.match(command!, / --allow-net=db:6379 /);
    assert.match(command!, / --queue=rediss:\/\/me:PASSWORD@db$/);
    const [, other] = await explain('net access to "db:5432"', ["classify"]);
    assert.doesNotMatch(other!, /NODE_ENV/);
  },
);

testReading(
  "totem.flags allows what explainPermission() names of the environment",
  async () => {
    const bucket = ["batch", "work", "s3://photos/run", "--queue=redis://db"];
    const [, command] = await explain('env access to "NODE_ENV"', bucket);
    const namedIn = (text: string) => text.match(/--allow-env=(TOTEM\S+)/)![1];
    const expected = namedIn(command!);
    assert.equal(namedIn(readText("totem.flags")), expected);
  },
);

testReading(
  "explainPermission() gives the whole command for files, too",
  async () => {
    const photo = await explain('read access to "alp.jpg"', [
      ...["classify", "--model", "n.safetensors", "alp.jpg"],
    ]);
    assert.equal(
      photo[0],
      "Cannot go on without read access to alp.jpg: run again with --allow-read",
    );
    assert.match(photo[1]!, / --allow-read --allow-env=\S+ /);
    assert.match(photo[1]!, / classify --model n\.safetensors alp\.jpg$/);
    const part = "out/n.safetensors.f81d4fae-7dec-41d0-a765-00a0c91e6bf6.part";
    for (const option of [["--out", "out/n"], ["--out=out/n"]]) {
      const [first, command] = await explain(`read access to "${part}"`, [
        ...["convert", "nsfw", ...option],
      ]);
      assert.match(first!, /read access to out\/n\.safetensors: run again/);
      assert.match(command!, / --allow-write=(\S+,)?out \S+\/cli\.ts convert/);
    }
  },
);

testReading(
  "explainPermission() has a server's own address in the whole command",
  async () => {
    const needed = 'net access to "registry.npmjs.org:443"';
    const [, command] = await explain(needed, ["serve", "--host", "0.0.0.0"]);
    assert.match(command!, / --allow-net=registry\.npmjs\.org,0\.0\.0\.0 /);
    const [first] = await explain('net access to "127.0.0.1:80"', ["serve"]);
    assert.match(first!, /--allow-net=127\.0\.0\.1:80$/);
  },
);

Deno.test({
  name: "explainPermission() keeps what was allowed already",
  permissions: { read: true, env: true, write: true, net: false },
  fn: async () => {
    const [, command] = await explain('read access to "a"', ["verify", "a"]);
    assert.match(command!, / --allow-write \S+\/cli\.ts verify a$/);
  },
});

Deno.test("explainPermission() asks for no all-embracing permission", async () => {
  const lines = await explain('all access to "/dev/zero"', ["serve"]);
  assert.deepEqual(lines, [
    "Cannot use /dev/zero: devices and other files of the system aren't read or written",
  ]);
  assert.equal(
    await explainPermission(testStreams(), new Error("other"), []),
    null,
  );
});

Deno.test("a store among the system's files says that it can't be there", async () => {
  const fail = () =>
    Promise.reject(
      new Deno.errors.NotCapable(
        'Requires all access to "/proc/x", run again with the --allow-all flag',
      ),
    );
  const warnings: string[] = [];
  const storage = {
    place: "/proc/x",
    list: fail,
    read: fail,
    create: fail,
    remove: fail,
  };
  await bestEffortStorage(storage, (it) => warnings.push(it)).list();
  assert.deepEqual(warnings, [
    "Cannot keep models in /proc/x: it is among the system's files, which can't hold a cache",
  ]);
});

testReading(
  "explainPermission() has words for the current folder",
  async () => {
    const args = ["convert", "nsfw", "--out", "n.safetensors"];
    const [first] = await explain('write access to "."', args);
    assert.equal(
      first,
      "Cannot go on without write access to the current folder: run again with --allow-write=.",
    );
  },
);
