/**
 * Prints Node's answer to a photo as JSON: `node classify.mjs MODEL PHOTO OPTIONS`, in
 * a project with the package.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { load, TotemError } from "@totem/inception";

const [, , path, photo, options] = process.argv;
const { bytes, ...rest } = JSON.parse(options);
const model = bytes ? new Response(await readFile(path)) : path;
const classifier = await load(model, rest);
try {
  console.log(JSON.stringify(await classifier.classify(await readFile(photo))));
} catch (error) {
  if (!(error instanceof TotemError)) throw error;
  console.log(JSON.stringify(error.code));
}
classifier.dispose();
