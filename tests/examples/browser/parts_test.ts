import assert from "node:assert/strict";
import { usePage } from "./shared_page.ts";

const shared = usePage();

Deno.test("no part of the bundle imports the worker, which WebKit would run twice", () => {
  const scripts = shared.built.files.filter(({ name }) => name.endsWith(".js"));
  const importersOf = (file: RegExp) =>
    scripts.filter(({ bytes }) => {
      const imports = new TextDecoder().decode(bytes)
        .matchAll(/(?:from|import)\s*\(?["']\.\/(.+?)["']/g);
      return Array.from(imports).some(([, name]) => file.test(name!));
    }).map(({ name }) => name);
  assert.deepEqual(importersOf(/^worker\.js$/), []);
  // They import the package itself.
  const importers = importersOf(/^package-/);
  assert.ok(importers.length > 5, `${importers}`);
  assert.ok(importers.some((it) => it.endsWith("worker.js")));
});
