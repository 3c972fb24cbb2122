import { load } from "@totem/inception/f32";

const output = document.querySelector("output");

async function classify() {
  const classifier = await load(await fetch("model.safetensors"), {
    precision: "f32",
    backend: "wasm",
    tfjsWasmFolder: "tfjs",
  });
  const [name] = output.dataset.names.split(" ");
  const answers = await classifier.classify(await (await fetch(name)).blob());
  const { device, precision } = classifier.backend;
  return { answers, detail: `${device} ${precision}` };
}

classify().then(
  (it) => output.textContent = JSON.stringify(it),
  (error) => output.textContent = JSON.stringify({ error: error.stack }),
);
