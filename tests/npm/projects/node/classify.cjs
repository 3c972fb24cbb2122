const { readFile } = require("node:fs/promises");
const { load } = require("@totem/inception");

async function main() {
  const classifier = await load("model.safetensors", { activationBits: 7 });
  const answers = {};
  for (const name of process.argv.slice(2)) {
    answers[name] = await classifier.classify(await readFile(name));
  }
  classifier.dispose();
  console.log(JSON.stringify(answers));
}

void main();
