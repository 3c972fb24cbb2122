/** docs/cost.md shows the output of `totem inspect`. */
import assert from "node:assert/strict";
import { run } from "../cli/in_process.ts";
import { readText } from "./texts.ts";

/** A block with a single command, and the block with its output. */
const SHOWN = /^```sh\ntotem (.+)\n```\n\n```\n([^]*?)```$/gm;

const shown = Array.from(
  readText("docs/cost.md").matchAll(SHOWN),
  ([, command, output]) => ({ command: command!, output: output! }),
);

Deno.test("docs/cost.md shows the output of three commands", () => {
  assert.equal(shown.length, 3);
});

for (const { command, output } of shown) {
  Deno.test(`docs/cost.md shows what totem ${command} prints`, async () => {
    const { code, stdout } = await run(command.split(" "));
    assert.equal(code, 0);
    // Texts leave out only whole lines.
    const parts = output.split("...\n");
    assert.ok(stdout.startsWith(parts[0]!), stdout);
    assert.ok(stdout.endsWith(parts.at(-1)!), stdout);
    if (parts.length === 1) assert.equal(stdout, output);
  });
}
