// Classifies several images at once without disposing, with and without workers.
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
// Fails if something keeps the process alive; the timer itself doesn't.
setTimeout(() => process.exit(1), 60_000).unref();
