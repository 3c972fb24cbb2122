import assert from "node:assert/strict";
import { buildPage } from "./built_page.ts";

Deno.test("no part of the bundle imports the worker, which WebKit would run twice", async () => {
  await using built = await buildPage();
  const scripts = built.files.filter(({ name }) => name.endsWith(".js"));
  const importersOf = (file: RegExp) =>
    scripts.filter(({ bytes }) => {
      const imports = new TextDecoder().decode(bytes)
        .matchAll(/(?:from|import)\s*\(?["']\.\/(.+?)["']/g);
      return Array.from(imports).some(([, name]) => file.test(name!));
    }).map(({ name }) => name);
  assert.deepEqual(importersOf(/^worker\.js$/), []);
  // The package itself is what they import.
  const importers = importersOf(/^package-/);
  assert.ok(importers.length > 5, `${importers}`);
  assert.ok(importers.some((it) => it.endsWith("worker.js")));
});
