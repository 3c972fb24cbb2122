/**
 * Prints {@linkcode answer}, for runtimes and processors that a test can't be in.
 */
import process from "node:process";
import { answer } from "./answer.ts";

const [, , path, request] = process.argv;
console.log(await answer(path!, JSON.parse(request!)));
