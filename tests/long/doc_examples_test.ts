/** Each example in doc comments and texts is run. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  filesWithExamples,
  makeExampleProject,
} from "../docs/example_project.ts";

Deno.test("the examples in docs and texts have right types and run", async () => {
  await using project = await makeExampleProject();
  const preload = new URL("../docs/example_org.ts", import.meta.url);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
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
  }).output();
  const [out, problems] = [stdout, stderr].map((it) =>
    new TextDecoder().decode(it)
  );
  assert.equal(code, 0, `${problems}\n${out}`);
  assert.match(out!, /^ok \| [1-9]\d* passed/m);
});
