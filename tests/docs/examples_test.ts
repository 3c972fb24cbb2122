import assert from "node:assert/strict";
import { EXAMPLE, filesWithExamples } from "./example_project.ts";

Deno.test("an example that isn't run says why: ```ts ignore needs a page", async () => {
  const files = await filesWithExamples();
  assert.ok(files.length > 20, `${files.length} files`);
  for (const file of files) {
    const text = await Deno.readTextFile(file);
    for (const [block, attributes] of text.matchAll(EXAMPLE)) {
      assert.doesNotMatch(attributes!, /\bignore *$/, `${file}: ${block}`);
    }
  }
});
