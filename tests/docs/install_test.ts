import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { temporaryFolder } from "../weights/store/temporary_folder.ts";
import { outputOf } from "../output_of.ts";
import { readText, ROOT } from "./texts.ts";

Deno.test("the deno.json that install.md has for a clone gives every entry", async () => {
  const blocks = readText("docs/install.md").matchAll(/```json\n(.*?)```/gs);
  const configs = Array.from(blocks, ([, json]) => JSON.parse(json!));
  const linked = configs.find((it) => it.links !== undefined);
  linked.links = [fileURLToPath(ROOT)];
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/deno.json`, JSON.stringify(linked));
  const lines = Object.keys(config.exports).map((it) =>
    `console.log(import.meta.resolve("@totem/inception${it.slice(1)}"));\n`
  );
  // Deno looks up the package when the program imports from it.
  lines.unshift('import "@totem/inception/explain";\n');
  await Deno.writeTextFile(`${folder.path}/entries.ts`, lines.join(""));
  const { stdout, stderr } = await outputOf(Deno.execPath(), {
    args: ["run", "--no-lock", "--quiet", "entries.ts"],
    cwd: folder.path,
  });
  assert.deepEqual(
    stdout.trim().split("\n"),
    Object.values(config.exports).map((it) => new URL(it, ROOT).href),
    stderr,
  );
});
