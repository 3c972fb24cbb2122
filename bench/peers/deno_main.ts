/**
 * Measures a contestant in Deno. The argument is the job as JSON; the result is a line
 * of JSON on standard output. It imports no `node:` module, since those take memory.
 *
 * @module
 */
import { tryToMeasure } from "./measure.ts";

const outcome = await tryToMeasure(
  JSON.parse(Deno.args[0]!),
  (url) => Deno.readFile(new URL(url)),
);
console.log(JSON.stringify(outcome));
// Stay alive until the parent has read this process's memory.
await Deno.stdin.read(new Uint8Array(1));
