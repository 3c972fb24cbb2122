/** Commands in the docs exist and have the shown options. */
import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { run } from "../cli/in_process.ts";
import { commandsIn, shellLinesIn } from "./shell.ts";
import { readText, textsIn } from "./texts.ts";

for (const text of textsIn("")) {
  const lines = shellLinesIn(readText(text));
  if (lines.length === 0) continue;

  Deno.test(`${text} names tasks that there are`, () => {
    for (const line of lines) {
      for (const [, task] of line.matchAll(/\bdeno task ([\w:-]+)/g)) {
        assert.ok(Object.hasOwn(config.tasks, task!), line);
      }
    }
  });

  Deno.test(`${text} names commands and options of totem that there are`, async () => {
    for (const line of lines) {
      for (const [command, ...args] of commandsIn(line)) {
        // Options of `totem batch` belong to its subcommands.
        const names = command === "batch" ? [command, args[0]!] : [command!];
        const { code, stdout } = await run([...names, "--help-all"]);
        assert.equal(code, 0, line);
        for (const option of args.filter((it) => it.startsWith("--"))) {
          const [name] = option.split("=");
          assert.match(stdout, new RegExp(`${name}\\b`), line);
        }
      }
    }
  });
}

Deno.test("CONTRIBUTING.md lists every benchmark", () => {
  const text = readText("CONTRIBUTING.md");
  for (const task of Object.keys(config.tasks)) {
    if (!task.startsWith("bench")) continue;
    assert.match(text, new RegExp(`^\\| \`deno task ${task}\``, "m"));
  }
});
