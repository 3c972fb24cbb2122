/**
 * What users can import, and where it is: what `deno.json` exports, and what only
 * npm's package has. Run, it prints the modules' paths.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };

/** The entries of npm's package: `./int8` is at `./src/int8.ts`. */
export const ENTRIES: Readonly<Record<string, string>> = {
  ...config.exports,
  // Not on JSR: `deno add` downloads what any entry may import, tfjs's 88 MB too.
  "./f32": "./src/f32.ts",
};

if (import.meta.main) console.log(Object.values(ENTRIES).join(" "));
