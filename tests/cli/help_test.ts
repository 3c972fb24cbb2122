/** The layout of help texts. */
import assert from "node:assert/strict";
import { run } from "./in_process.ts";

/** The column at which an option's description begins. */
const DESCRIPTIONS = 21;

const BATCH = (await commandsIn("batch")).map((it) => ["batch", it]);

for (const command of [[], ...await commandsIn(), ...BATCH]) {
  const name = ["totem", command].flat().join(" ");

  Deno.test(`the help of ${name} has 45 lines at most, and names the options that it leaves out`, async () => {
    const short = await helpOf(command, "--help");
    assert.ok(short.length <= 45, `${short.length} lines`);
    const named = new Set(short.join("\n").match(/--[a-z-]+/g));
    for (
      const option of (await helpOf(command)).join("\n").match(
        /^ +(?:-\w, )?--[a-z-]+/gm,
      ) ?? []
    ) {
      assert.ok(named.has(option.replace(/.*(?=--)/, "")), option);
    }
  });

  Deno.test(`the help of ${name} has lines of 80 columns at most, without spaces at their ends`, async () => {
    const lines = [
      ...await helpOf(command),
      ...await helpOf(command, "--help"),
    ];
    for (const line of lines) {
      assert.ok(line.length <= 80, `${line.length}: ${line}`);
      assert.equal(line, line.trimEnd());
    }
  });

  Deno.test(`the help of ${name} aligns the descriptions of options`, async () => {
    const options = optionsIn(await helpOf(command));
    assert.ok(options.length > 0 || name === "totem batch");
    for (const line of options) {
      const [before] = line.match(/^ {2}-.*?(?: {2,}|$)|^ */)!;
      // The description of a long option starts on the next line.
      if (before === line && line.length + 2 > DESCRIPTIONS) continue;
      assert.equal(before.length, DESCRIPTIONS, line);
    }
  });

  Deno.test(`the help of ${name} has each option once, the common ones first`, async () => {
    const help = await helpOf(command);
    const names = help.flatMap((it) => it.match(/^ {2}(--[a-z-]+)/)?.[1] ?? []);
    assert.deepEqual(names, [...new Set(names)]);
    if (name === "totem") return; // It lists the commands first.
    const first = help.find((it) => /^[A-Z]\w*( options.*)?:$/.test(it));
    assert.match(first!, /^(Options|Commands):$/);
  });
}

Deno.test("options that many commands share are below headings of their own", async () => {
  for (const command of ["classify", "features", "search", "evaluate"]) {
    const help = await helpOf(command);
    const headings = help.filter((it) => / options.*:$/.test(it))
      .map((it) => it.split(" ")[0]);
    assert.deepEqual(
      headings,
      ["Image", "Model", "Preprocessing", "Backend"],
    );
    const common = section(help, "Options").filter((it) => /^ {2}-/.test(it));
    assert.ok(common.length <= 12, command);
    assert.ok(common.some((it) => it.startsWith("  --model ")), command);
  }
});

Deno.test("a wrong option's error leads to the help that describes it", async () => {
  const seen = async (...args: string[]) => {
    const { code, stderr } = await run(args);
    assert.equal(code, 2);
    return stderr.trimEnd().split("\n").at(-1);
  };
  assert.equal(
    await seen("classify", "--top", "x"),
    "See: totem help classify",
  );
  assert.equal(
    await seen("classify", "--scale", "5"),
    "See: totem classify --help-all",
  );
  assert.equal(
    await seen("batch", "plan", "--scale", "5"),
    "See: totem batch plan --help-all",
  );
  assert.equal(await seen("batch", "nope"), "See: totem help batch");
  assert.equal(await seen("nope"), "See: totem help");
});

Deno.test("totem --help groups the commands, and has the exit codes", async () => {
  const help = await helpOf([]);
  const groups = help.filter((it) => /^[A-Z][a-z]+ .*:$/.test(it));
  assert.deepEqual(groups.slice(0, 4), [
    "Run a model:",
    "Measure a model:",
    "Train a model:",
    "Manage models:",
  ]);
  const codes = section(help, "Exit codes").map((it) =>
    it.trim().split(" ")[0]
  );
  assert.deepEqual(codes, ["0", "1", "2", "130"]);
});

async function helpOf(
  command: string | readonly string[],
  option = "--help-all",
): Promise<readonly string[]> {
  const { code, stdout } = await run([command, option].flat());
  assert.equal(code, 0);
  return stdout.trimEnd().split("\n");
}

/** The lines of a help text below a heading; none if there is no such heading. */
function section(lines: readonly string[], name: string): readonly string[] {
  const start = lines.indexOf(`${name}:`) + 1;
  return lines.slice(start, start && lines.indexOf("", start));
}

/** The lines below the headings of options and limits. */
function optionsIn(lines: readonly string[]): readonly string[] {
  return lines.filter((it) => /^(\w+ )?(options|limits)\b.*:$/i.test(it))
    .flatMap((it) => section(lines, it.slice(0, -1)));
}

/** The names of the commands of `totem`, or of subcommands. */
async function commandsIn(...above: string[]): Promise<readonly string[]> {
  const names = (await helpOf(above))
    .flatMap((it) => it.match(/^ {2}([a-z]+) (?:.* )? (?=[A-Z])/)?.[1] ?? []);
  assert.ok(names.length > 1);
  return names;
}
