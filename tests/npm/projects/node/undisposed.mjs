// Classifies without disposing, several images at once, on workers and beside them.
import { readFile } from "node:fs/promises";
import { load } from "@totem/inception";

const [name] = process.argv.slice(2);
const image = await readFile(name);
const counts = {};
for (const threading of ["latency", "throughput"]) {
  const options = { threads: 2, threading };
  const classifier = await load("model.safetensors", options);
  const asked = [1, 2, 3].map(() => classifier.classify(image));
  counts[threading] = (await Promise.all(asked)).length;
}
console.log(JSON.stringify(counts));
// It keeps no process alive, and ends one that something else does.
setTimeout(() => process.exit(1), 60_000).unref();
