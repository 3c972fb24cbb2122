/** Runs each command in the docs, unless a list says why it can't run. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  type CommandProjects,
  makeCommandProjects,
} from "../docs/command_project.ts";
import { NOT_RUN } from "../docs/commands_not_run.ts";
import { shellLinesIn } from "../docs/shell.ts";
import { readText, ROOT, textsIn } from "../docs/texts.ts";
import { outputOf } from "../output_of.ts";

let projects: CommandProjects;
Deno.test.beforeAll(async () => void (projects = await makeCommandProjects()));
Deno.test.afterAll(async () => await projects[Symbol.asyncDispose]());

const used = new Set<typeof NOT_RUN[number]>();

/** Setup that the commands of a page require. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  "docs/search/databases.md": [
    "totem batch plan photos --out run --task features",
  ],
};

for (const text of [...textsIn("")].sort()) {
  const lines = shellLinesIn(readText(text)).filter((line) => {
    const reasons = NOT_RUN.filter(({ file, pattern }) =>
      (file === undefined || text.startsWith(file)) && pattern.test(line)
    );
    reasons.forEach((it) => used.add(it));
    return reasons.length === 0;
  });
  if (lines.length === 0) continue;

  Deno.test(`the commands of ${text} run`, async () => {
    const folder = await projects.copy(text);
    const list = `${folder}/.commands.json`;
    await Deno.writeTextFile(
      list,
      JSON.stringify([...BEFORE[text] ?? [], ...lines]),
    );
    const path = (name: string) => fileURLToPath(new URL(name, ROOT));
    const { code, stdout, stderr } = await outputOf(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        "--allow-all",
        `--config=${path("deno.json")}`,
        `--lock=${path("deno.lock")}`,
        path("tests/docs/run_commands.ts"),
        list,
      ],
      cwd: folder,
      env: { NO_COLOR: "1", TOTEM_CACHE: `${folder}/.cache` },
    });
    assert.equal(stdout, "", stderr);
    assert.equal(code, 0, stderr);
  });
}

Deno.test("each reason for not running a command has such a command", () => {
  const unused = NOT_RUN.filter((it) => !used.has(it))
    .map(({ file, pattern }) => `${file}: ${pattern}`);
  assert.deepEqual(unused, []);
});

Deno.test("tests that run a command instead are there", () => {
  const named = NOT_RUN.flatMap(({ why }) =>
    why.match(/tests\/[\w/.]*\w/g) ?? []
  );
  assert.ok(named.length > 5);
  for (const path of named) assert.ok(Deno.statSync(new URL(path, ROOT)), path);
});
