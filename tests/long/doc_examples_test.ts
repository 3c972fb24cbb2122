/** Each example in doc comments and texts is run. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  filesWithExamples,
  makeExampleProject,
} from "../docs/example_project.ts";
import { outputOf } from "../output_of.ts";

Deno.test("the examples in docs and texts have right types and run", async () => {
  await using project = await makeExampleProject();
  const preload = new URL("../docs/example_org.ts", import.meta.url);
  const { code, stdout, stderr } = await outputOf(Deno.execPath(), {
    args: [
      "test",
      "--doc",
      "--no-lock",
      "--allow-all",
      `--preload=${fileURLToPath(preload)}`,
      ...await filesWithExamples(),
    ],
    cwd: project.path,
    env: { NO_COLOR: "1" },
  });
  assert.equal(code, 0, `${stderr}\n${stdout}`);
  assert.match(stdout, /^ok \| [1-9]\d* passed/m);
});
