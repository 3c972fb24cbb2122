import assert from "node:assert/strict";
import { commandsIn, parseLine, shellLinesIn } from "./shell.ts";

Deno.test("shellLinesIn() joins lines that are continued, and leaves comments out", () => {
  assert.deepEqual(
    shellLinesIn(
      "```sh\n# a\na b \\\n  c  # d\ne |\n  f\n```\n\n```ts\ng\n```\n\n   ```sh\n   h\n   ```\n",
    ),
    ["a b c", "e | f", "h"],
  );
});

Deno.test("commandsIn() finds each command that a line has", () => {
  assert.deepEqual(
    commandsIn(
      "cat a | deno task totem classify --top 1 - > b; totem features --npy 'a b'",
    ),
    [["classify", "--top", "1", "-"], ["features", "--npy", "'a", "b'"]],
  );
  assert.deepEqual(
    commandsIn("deno run -A src/cli.ts convert nsfw --out a && totem verify a"),
    [["convert", "nsfw", "--out", "a"], ["verify", "a"]],
  );
  assert.deepEqual(commandsIn("deno install -g -n totem --allow-read x"), []);
  assert.deepEqual(commandsIn("mkdir totem && cd totem"), []);
});

Deno.test("parseLine() reads quotes, pipes, redirections and lists", () => {
  assert.deepEqual(
    parseLine("curl -s a | totem b - --c='d e' > f && g \"h i\" < j; k 'l*'"),
    [
      { words: ["curl", "-s", "a"], output: "|" },
      { words: ["totem", "b", "-", "--c=d e"], input: "|", output: "f" },
      { words: ["g", "h i"], input: "j" },
      { words: ["k", "l*"] },
    ],
  );
});

for (const line of ["a *.jpg", "a $B", 'a "$B"', "a &", "a >> b", "(a)"]) {
  Deno.test(`parseLine() refuses ${line}`, () => {
    assert.throws(() => parseLine(line), { message: /^Only a shell/ });
  });
}
