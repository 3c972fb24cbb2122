import { load } from "@totem/inception";

/** Classifies images in the page's folder with the model there. */
export async function classifyAll(base, names) {
  const response = await fetch(new URL("model.safetensors", base));
  const classifier = await load(response, {
    activationBits: 7,
    threads: "auto",
  });
  const answers = {};
  for (const name of names) {
    const image = await fetch(new URL(name, base));
    answers[name] = await classifier.classify(await image.blob());
  }
  const { detail } = await classifier.backend.probe(true);
  classifier[Symbol.dispose]?.();
  return { answers, detail };
}
