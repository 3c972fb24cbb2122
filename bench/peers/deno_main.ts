/**
 * Measures a contestant in Deno. The job is the argument, as JSON; a line of JSON
 * says what came of it. Nothing of `node:` is imported, which takes memory.
 *
 * @module
 */
import { tryToMeasure } from "./measure.ts";

const outcome = await tryToMeasure(
  JSON.parse(Deno.args[0]!),
  (url) => Deno.readFile(new URL(url)),
);
console.log(JSON.stringify(outcome));
// Its memory is looked at before it is ended.
await Deno.stdin.read(new Uint8Array(1));
