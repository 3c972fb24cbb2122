/**
 * Loads `nsfw` from a registry whose package has another model, and prints its labels
 * and first weights as JSON: `node fetch_nsfw.mjs MODULE INTEGRITY LABELS`. MODULE is
 * the bundle of `src/weights/nsfw.ts`.
 */
import process from "node:process";
import { pathToFileURL } from "node:url";

const [, , module, integrity, labels] = process.argv;
const { loadNsfw } = await import(pathToFileURL(module));
const pkg = { name: "nsfwjs-absent", version: "1.0.0", limit: 1e7, integrity };
try {
  const network = await loadNsfw({ labels: JSON.parse(labels) }, pkg);
  const { kernel } = network.weights("Conv2d_1a_3x3");
  console.log(
    JSON.stringify({ labels: network.labels, kernel: Array.from(kernel) }),
  );
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }));
}
