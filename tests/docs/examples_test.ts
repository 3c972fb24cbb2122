import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { ENTRIES as NPM_ENTRIES } from "../../tools/entries.ts";
import { findExamples } from "./examples.ts";

/** The import paths of a project that has the package. */
const ENTRIES = Object.keys(NPM_ENTRIES)
  .map((it) => it.replace(/^\./, config.name));

const examples = await findExamples();

Deno.test("an example that isn't run says why: ```ts ignore needs a page", () => {
  assert.ok(examples.length > 40, `${examples.length} examples`);
  for (const { file, attributes, code } of examples) {
    assert.doesNotMatch(attributes, /\bignore *$/, `${file}: ${code}`);
  }
});

Deno.test("an example imports what it needs, as users do", () => {
  for (const { file, attributes, code } of examples) {
    const modules = Array.from(code.matchAll(/ from "(.+)"/g), ([, it]) => it!);
    const isRun = !/\bignore\b/.test(attributes);
    assert.ok(modules.length > 0 || !isRun, `${file}: ${code}`);
    for (const module of modules) {
      const isThere = ENTRIES.includes(module) || module.startsWith("node:") ||
        module.startsWith(`${config.name}/wasm/`) ||
        attributes.includes(`needs ${module}`);
      assert.ok(isThere, `${file}: ${module}`);
    }
  }
});
