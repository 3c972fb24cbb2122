/**
 * Runs a classifier outside the page's own thread, which stays free to scroll.
 * It is told once which one, then it is given photos.
 *
 * @module
 */
import { MODEL } from "./model.js";
import { cacheApiStore, download, load } from "./totem.js";

/** What a choice in the page is for the package. */
const BACKENDS = {
  "engine": { backend: "wasm", precision: "int8" },
  "tfjs-wasm": { backend: "wasm", precision: "f32" },
  "tfjs-webgpu": { backend: "webgpu", precision: "f32" },
};

let classifier;

addEventListener("message", async ({ data: { id, settings, photo } }) => {
  try {
    const result = settings ? await open(settings) : await classify(photo);
    postMessage({ id, result });
  } catch ({ name, code, format, message }) {
    postMessage({ id, problem: { name, code, format, message } });
  }
});

async function open({ backend, variant }) {
  const begin = performance.now();
  const address = new URL(MODEL.file, import.meta.url);
  // There is no Cache API in a page that came without TLS.
  const model = isSecureContext ? await keep(address) : await fetch(address);
  classifier = await load(model, {
    ...BACKENDS[backend],
    variant,
    threads: "auto",
    tfjsWasmFolder: new URL("tfjs/", import.meta.url),
    onProgress: isSecureContext ? undefined : tellProgress,
  });
  const { memory, backend: { device, precision } } = classifier;
  const { detail } = await classifier.backend.probe(true);
  const loading = performance.now() - begin;
  return { device, precision, detail, memory, loading };
}

/** The file of the model, which is downloaded but once. */
async function keep(address) {
  let kept = true;
  const file = await download(address, {
    store: cacheApiStore({ onWarning: () => kept = false }),
    sha256: MODEL.sha256,
    limit: MODEL.size,
    onProgress: tellProgress,
  });
  postMessage({ kept });
  return new Response(file.stream(), {
    headers: { "content-length": `${file.size}` },
  });
}

function tellProgress(done) {
  postMessage({ progress: { done, total: MODEL.size } });
}

async function classify(photo) {
  let timings;
  const onTimings = (it) => timings = it;
  const classes = await classifier.classify(photo, { onTimings });
  return { classes, timings };
}
