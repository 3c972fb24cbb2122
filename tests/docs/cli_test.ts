/** docs/cli.md lists every command. */
import assert from "node:assert/strict";
import { run } from "../cli/in_process.ts";
import { readText } from "./texts.ts";

const text = readText("docs/cli.md");
const { stdout } = await run(["--help"]);
const commands = Array.from(
  stdout.matchAll(/^ {2}([a-z]+) {2,}/gm),
  ([, it]) => it!,
);

Deno.test("docs/cli.md lists the commands of totem --help, in their order", () => {
  assert.ok(commands.length > 10);
  assert.deepEqual(commandsIn(text, "Commands"), commands);
});

Deno.test("docs/cli.md says of each command which permissions it needs", () => {
  assert.deepEqual(
    commandsIn(text, "Permissions in Deno").sort(),
    commands.toSorted(),
  );
});

Deno.test("docs/cli.md has the exit codes of totem --help", () => {
  const codes = (found: Iterable<RegExpMatchArray>) =>
    Array.from(found, ([, it]) => it);
  const shown = codes(stdout.matchAll(/^ {2}(\d+) {2,}\w/gm));
  assert.deepEqual(shown, ["0", "1", "2", "130"]);
  assert.deepEqual(codes(text.matchAll(/^\| (\d+) +\| /gm)), shown);
});

/** The commands in the first column of a section's table. */
function commandsIn(text: string, title: string): string[] {
  const [, section] = text.split(`\n## ${title}\n`);
  assert.ok(section, title);
  const rows = section.split("\n## ")[0]!.match(/^\| `[^|]*/gm)!;
  return rows.flatMap((row) =>
    Array.from(row.matchAll(/`([a-z]+)`/g), ([, it]) => it!)
  );
}
