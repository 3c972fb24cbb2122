/**
 * Type-checks and runs each example in doc comments and guides, as modules of a single
 * test: `deno test --doc` would load the package again for each one.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { findExamples } from "../docs/examples.ts";
import { makeExampleProject } from "../docs/example_project.ts";
import { ROOT } from "../docs/texts.ts";
import { outputOf } from "../output_of.ts";

Deno.test("the examples in docs and texts have right types and run", async () => {
  await using project = await makeExampleProject();
  await Deno.mkdir(`${project.path}/examples`);
  const root = fileURLToPath(ROOT);
  const examples = await findExamples();
  const tests: string[] = [];
  for (
    const [i, { file, line, attributes, code, language }] of examples.entries()
  ) {
    if (/\bignore\b/.test(attributes)) continue;
    const name = `examples/${i}.${language}`;
    // Only modules may use top-level `await`.
    await Deno.writeTextFile(
      `${project.path}/${name}`,
      `${code}\nexport {};\n`,
    );
    const title = `${file.slice(root.length)}:${line}`;
    tests.push(
      `Deno.test(${
        JSON.stringify(title)
      }, async () => void await import("./${name}"));`,
    );
  }
  await Deno.writeTextFile(`${project.path}/all_test.ts`, tests.join("\n"));
  const preload = new URL("../docs/example_org.ts", import.meta.url);
  const { code, stdout, stderr } = await outputOf(Deno.execPath(), {
    args: [
      "test",
      "--no-lock",
      "--allow-all",
      `--preload=${fileURLToPath(preload)}`,
      "all_test.ts",
    ],
    cwd: project.path,
    env: { NO_COLOR: "1" },
  });
  assert.equal(code, 0, `${stderr}\n${stdout}`);
  assert.match(stdout, new RegExp(`^ok \\| ${tests.length} passed`, "m"));
});
