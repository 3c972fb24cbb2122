/**
 * Prints {@linkcode answer} for each of the requests, for runtimes and processors on
 * which tests can't run.
 */
import process from "node:process";
import { answer } from "./answer.ts";

const [, , path, requests] = process.argv;
for (const request of JSON.parse(requests!)) {
  console.log(await answer(path!, request));
}
