/**
 * Measures a contestant in Node, as `deno_main.ts` does in Deno.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { tryToMeasure } from "./measure.ts";

const outcome = await tryToMeasure(
  JSON.parse(process.argv[2]!),
  async (url) => new Uint8Array(await readFile(new URL(url))),
);
console.log(JSON.stringify(outcome));
process.stdin.resume();
