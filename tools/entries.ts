/**
 * The public entries and their modules: the exports of `deno.json`, and those of the
 * npm package alone. As a program, it prints the modules' paths.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };

/** The entries of the npm package, by import path: `./int8` is `./src/int8.ts`. */
export const ENTRIES: Readonly<Record<string, string>> = {
  ...config.exports,
  // Not on JSR: `deno add` downloads everything that any entry may import, including
  // tfjs's 88 MB.
  "./f32": "./src/f32.ts",
};

if (import.meta.main) console.log(Object.values(ENTRIES).join(" "));
