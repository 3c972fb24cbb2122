import assert from "node:assert/strict";
import { sizeTables, weighEntries } from "../../bench/size.ts";
import { readText } from "../docs/texts.ts";
import { npmTest, prepareTests } from "./project.ts";

let built: string;
const tools = await prepareTests([], (_, folder) => void (built = folder));

npmTest(tools, "bundles weigh what docs/node.md says, to a fifth", async () => {
  const said = rowsOf(readText("docs/node.md"));
  const found = rowsOf(sizeTables(await weighEntries(built)));
  assert.ok(found.size > 10);
  for (const [name, sizes] of found) {
    const row = said.get(name);
    assert.ok(row, `docs/node.md has no size of ${name}: deno task bench-size`);
    for (const [i, size] of sizes.entries()) {
      const difference = Math.abs(row[i]! - size) / size;
      assert.ok(
        difference < 0.2,
        `${name} has ${sizes} KB, docs/node.md says ${row}: deno task bench-size`,
      );
    }
  }
});

/** The sizes in KB in each table row, by its name. */
function rowsOf(text: string): ReadonlyMap<string, readonly number[]> {
  const rows = new Map<string, readonly number[]>();
  for (const [, name, cells] of text.matchAll(/^\| `([^`]+)`(.*KB.*)\|$/gm)) {
    const sizes = Array.from(cells!.matchAll(/([\d.]+) KB/g), (it) => +it[1]!);
    rows.set(name!, sizes);
  }
  return rows;
}
