import assert from "node:assert/strict";
import { batch } from "../../src/cli/batch.ts";
import { runDeno } from "../../tools/run_deno.ts";
import { run } from "./in_process.ts";
import { CLI, testInDeno } from "./program.ts";
import { totem } from "./totem.ts";

const COMMANDS = Object.keys(batch.commands!);

Deno.test("totem batch names its commands", async () => {
  const help = await run(["batch", "--help"]);
  for (const name of COMMANDS) {
    assert.match(help.stdout, new RegExp(`^  ${name} `, "m"));
  }
  const none = await run(["batch"]);
  assert.match(none.stderr, /without one of its commands: plan, work/);
  assert.equal(none.code, 2);
  const wrong = await run(["batch", "plam"]);
  assert.match(wrong.stderr, /Unknown command "batch plam".*plan/);
  assert.equal(wrong.code, 2);
});

testInDeno("commands don't wait for the modules of totem batch", async () => {
  const info = await runDeno(["info", "--json", CLI]);
  const { modules } = JSON.parse(info) as {
    readonly modules: readonly { readonly specifier: string }[];
  };
  const found = modules.map(({ specifier }) => specifier)
    .filter((it) => /\/(cli\/batch\/|searched_run|parquet|bull)/.test(it));
  assert.deepEqual(found, []);
  assert.ok(modules.some((it) => it.specifier.endsWith("/cli/batch.ts")));
});

testInDeno("totem batch names the permission to read", async () => {
  const { code, stderr } = await totem(["batch", "plan", "photos"], {
    permissions: [],
  });
  assert.match(
    stderr,
    /^error Cannot go on without read access to .*src\/cli\/batch\/plan\.ts: run again with --allow-read\n/,
  );
  assert.equal(code, 1);
});
