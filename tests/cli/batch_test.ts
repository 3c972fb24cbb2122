import assert from "node:assert/strict";
import { batch } from "../../src/cli/batch.ts";
import { run } from "./in_process.ts";

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

Deno.test("the help of totem batch has 80 columns at most", async () => {
  for (const names of [[], ["plan"]]) {
    const { stdout } = await run(["batch", ...names, "--help"]);
    for (const line of stdout.split("\n")) {
      assert.ok(line.length <= 80, `${line.length}: ${line}`);
    }
  }
});
