/**
 * Prints {@linkcode answer} to each of the requests, for runtimes and processors that a test can't be in.
 */
import process from "node:process";
import { answer } from "./answer.ts";

const [, , path, requests] = process.argv;
for (const request of JSON.parse(requests!)) {
  console.log(await answer(path!, request));
}
