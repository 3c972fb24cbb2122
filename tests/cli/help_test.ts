/** The layout of help texts. */
import assert from "node:assert/strict";
import { run } from "./in_process.ts";

/** The column at which an option's description begins. */
const DESCRIPTIONS = 21;

const BATCH = (await commandsIn("batch")).map((it) => ["batch", it]);

for (const command of [[], ...await commandsIn(), ...BATCH]) {
  const name = ["totem", command].flat().join(" ");

  Deno.test(`the help of ${name} has lines of 80 columns at most, without spaces at their ends`, async () => {
    for (const line of await helpOf(command)) {
      assert.ok(line.length <= 80, `${line.length}: ${line}`);
      assert.equal(line, line.trimEnd());
    }
  });

  Deno.test(`the help of ${name} aligns the descriptions of options`, async () => {
    const options = section(await helpOf(command), "Options");
    assert.ok(options.length > 0 || name === "totem batch");
    for (const line of options) {
      const [before] = line.match(/^ {2}-.*?(?: {2,}|$)|^ */)!;
      // The description of a long option begins in the next line.
      if (before === line && line.length + 2 > DESCRIPTIONS) continue;
      assert.equal(before.length, DESCRIPTIONS, line);
    }
  });
}

async function helpOf(
  command: string | readonly string[],
): Promise<readonly string[]> {
  const { code, stdout } = await run([command, "--help"].flat());
  assert.equal(code, 0);
  return stdout.trimEnd().split("\n");
}

/** The lines of a help text below a heading; none where there is no such heading. */
function section(lines: readonly string[], name: string): readonly string[] {
  const start = lines.indexOf(`${name}:`) + 1;
  return lines.slice(start, start && lines.indexOf("", start));
}

/** The names of the commands of `totem`, or of those below one of them. */
async function commandsIn(...above: string[]): Promise<readonly string[]> {
  const names = section(await helpOf(above), "Commands")
    .map((it) => it.trim().split(" ")[0]!);
  assert.ok(names.length > 1);
  return names;
}
