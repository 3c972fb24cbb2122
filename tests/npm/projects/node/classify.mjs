import { readFile } from "node:fs/promises";
import { load } from "@totem/inception";

const classifier = await load("model.safetensors", {
  activationBits: 7,
  threads: 2,
});
const answers = {};
for (const name of process.argv.slice(2)) {
  answers[name] = await classifier.classify(await readFile(name));
}
classifier.dispose();
console.log(JSON.stringify(answers));
