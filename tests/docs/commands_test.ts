/** Commands in texts are those that there are, with options that they take. */
import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { run } from "../cli/in_process.ts";
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
        // The options of `totem batch` are those of the command below it.
        const names = command === "batch" ? [command, args[0]!] : [command!];
        const { code, stdout } = await run([...names, "--help"]);
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

/** What follows `totem` in each command of a line. */
function commandsIn(line: string): string[][] {
  return line.split(/\||&&|;/).flatMap((part) => {
    const words = part.replace(/\s\d?[<>].*$/, "").trim().split(/\s+/);
    const at = words.findIndex((it, i) =>
      /(^|\/)cli\.ts$|\/cli(@[\d.]+)?$/.test(it) ||
      it === "totem" && (i === 0 || words[i - 1] === "task") ||
      i > 0 && words[0] === "npx" && /^(totem|@totem\/inception.*)$/.test(it)
    );
    const args = words.slice(at + 1);
    const isCommand = at >= 0 && /^[a-z]+$/.test(args[0] ?? "");
    return isCommand ? [args] : [];
  });
}

/** The lines of blocks of shell, without comments. */
function shellLinesIn(markdown: string): string[] {
  const blocks = markdown.matchAll(
    /^( *)```(?:sh|bash|console)\n([^]*?)^\1```/gm,
  );
  return Array.from(blocks, ([, , block]) => block!).join("")
    .replaceAll(/\\\n\s*/g, " ").split("\n")
    .map((it) => it.replace(/(^|\s)#.*$/, "").trim())
    .filter((it) => it !== "");
}
