import assert from "node:assert/strict";
import { explainPermission } from "../../src/cli/permission.ts";
import { forgivingShelf } from "../../src/weights/store/forgiving_shelf.ts";

const explain = (needed: string, args: readonly string[]) =>
  explainPermission(
    new Deno.errors.NotCapable(`Requires ${needed}, run again with the flag`),
    args,
  );

Deno.test("explainPermission() names all hosts of a known model, in a whole command", async () => {
  const needed = 'net access to "storage.googleapis.com:443"';
  const [first, command] = (await explain(needed, ["pull", "imagenet-timm"])) ??
    [];
  const flag = "--allow-net=storage.googleapis.com,huggingface.co";
  assert.ok(first?.endsWith(`run again with ${flag}`), first);
  assert.match(command!, /: deno run --allow-read --allow-env=TOTEM_CACHE,/);
  assert.ok(command?.endsWith(` ${flag} src/cli.ts pull imagenet-timm`));
  const [keras] = (await explain(needed, ["pull", "imagenet-keras"])) ?? [];
  assert.match(keras!, /--allow-net=storage\.googleapis\.com$/);
});

Deno.test("explainPermission() keeps a port, and quotes what a shell would split", async () => {
  const [first, command] = await explain('net access to "a.example:80"', [
    "classify",
    "it's me.jpg",
  ]) ?? [];
  assert.match(first!, /run again with --allow-net=a\.example:80$/);
  assert.match(command!, /src\/cli\.ts classify 'it'\\''s me\.jpg'$/);
});

Deno.test("explainPermission() asks for no all-embracing permission", async () => {
  const lines = await explain('all access to "/dev/zero"', ["serve"]);
  assert.deepEqual(lines, [
    "Cannot use /dev/zero: it lies among the system's own files, where no model, image or cache is",
  ]);
  assert.equal(await explainPermission(new Error("other"), []), null);
});

Deno.test("a store among the system's files says that it can't be there", async () => {
  const fail = () =>
    Promise.reject(
      new Deno.errors.NotCapable(
        'Requires all access to "/proc/x", run again with the --allow-all flag',
      ),
    );
  const warnings: string[] = [];
  const shelf = { list: fail, read: fail, create: fail, remove: fail };
  await forgivingShelf(shelf, (it) => warnings.push(it)).list();
  assert.match(warnings[0]!, /: \/proc\/x lies among the system's own files/);
  assert.doesNotMatch(warnings[0]!, /allow-all/);
});
