import assert from "node:assert/strict";
import { MODEL_FILES } from "../../src/weights/model_endings.ts";
import { run } from "./in_process.ts";

Deno.test("the help of --model names all files that are read, in lines of full width", async () => {
  const files = MODEL_FILES.match(/[\w.]*\.\w+/g)!;
  assert.equal(files.length, 8);
  for (const command of ["classify", "evaluate", "inspect"]) {
    const { stdout: help } = await run([command, "--help"]);
    const [option] = /^ {2}--model [^]*?(?=^ {2}--)/m.exec(help)!;
    for (const file of files) assert.ok(option.includes(file), file);
    const lines = option.trimEnd().split("\n");
    for (const [i, line] of lines.entries()) {
      assert.ok(line.length <= 80, line);
      // The next line's first word doesn't fit.
      const next = lines[i + 1]?.trim().split(" ")[0];
      if (next) assert.ok(line.length + 1 + next.length > 80, line);
    }
  }
});
