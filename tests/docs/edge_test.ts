/**
 * The limits of the examples in docs/edge.md and their READMEs equal those in the code.
 */
import assert from "node:assert/strict";
import { readText } from "./texts.ts";

/** Each example's source, and its column in the table of docs/edge.md. */
const EXAMPLES = [
  ["cloudflare-worker", "worker.ts", "Cloudflare Worker"],
  ["deno-deploy", "main.ts", "Deno Deploy, Supabase"],
  ["supabase", "functions/classify/index.ts", "Deno Deploy, Supabase"],
] as const;

const guide = readText("docs/edge.md");

for (const [name, file, column] of EXAMPLES) {
  const source = readText(`examples/${name}/${file}`);
  const readme = readText(`examples/${name}/README.md`);
  const [, mebibytes] = source.match(/maxBodyBytes: (\d+) \* 2 \*\* 20/)!;
  const [, megabytes] = source.match(/maxMemory: (\d+)_000_000/)!;

  Deno.test(`the README of ${name} tells the limits that the example sets`, () => {
    const prose = readme.replace(/\s+/g, " ");
    assert.match(prose, new RegExp(`\`maxMemory\` is ${megabytes} MB`));
    assert.match(prose, new RegExp(`request can be up to ${mebibytes} MiB`));
    assert.match(prose, new RegExp(`Within ${mebibytes} MiB, it accepts`));
  });

  Deno.test(`docs/edge.md tells of ${name} what its README does`, () => {
    const told = columnOf(guide, "largest image", column);
    assert.equal(told.get("file"), `${mebibytes} MiB`);
    const own = columnOf(readme, "format", "largest image");
    assert.ok(own.size >= 5);
    for (const [format, largest] of own) {
      for (const [row, size] of told) {
        // AVIF and HEIC share a row if neither is decoded.
        if (!format.split(", ").includes(row) && format !== row) continue;
        assert.ok(largest.startsWith(size), `${format}: ${largest}, ${size}`);
      }
    }
    const [, interlaced] = readme.match(/([\d.]+) of an interlaced PNG/)!;
    assert.equal(told.get("interlaced PNG"), `${interlaced} megapixels`);
    assert.ok(told.has("AVIF") && told.has("WebP"));
  });
}

/**
 * The cells below `column`, by the first cell of each row, which has the heading
 * `first`.
 */
function columnOf(
  markdown: string,
  first: string,
  column: string,
): ReadonlyMap<string, string> {
  const tables = markdown.matchAll(/(?:^\|.*\n)+/gm);
  for (const [table] of tables) {
    const [heads, _, ...rows] = table.trim().split("\n").map((row) =>
      row.split("|").slice(1, -1).map((it) => it.trim())
    );
    const at = heads!.indexOf(column);
    if (heads![0] !== first || at < 0) continue;
    return new Map(rows.map((row) => [row[0]!, row[at]!]));
  }
  throw new Error(`There is no table of ${first} and ${column}`);
}
