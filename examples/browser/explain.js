/**
 * Explains problems in plain words: what happened, and what to do.
 *
 * @module
 */

const ENGINE = "Choose WebAssembly under “How it runs”.";

/** Explanations by error code: the package's codes and the page's own. */
const WORDS = {
  "unsupported-image": ({ format, message }) =>
    format && !/^HTML$|audio$/.test(format)
      ? `This is ${withArticle(format)}, which can't be read here. ${
        wayOut(message)
      }.`
      : "This isn't a photo, or is of a kind that can't be read here.",
  "corrupt-image": () => "This photo is damaged or cut off.",
  "image-too-large": () =>
    "This photo has more pixels than this device's memory can hold. Make it smaller and try again.",
  "image-unavailable": () => "This photo can't be read. Choose it once more.",
  "decoder-unavailable": ({ format }) =>
    `The part of the page that reads ${
      nameOf(format)
    } files couldn't be loaded. Try again when the network is back.`,
  "memory-limit": () =>
    `This device doesn't give the memory that this takes. Close other tabs, or choose a smaller size under “How it runs”.`,
  "backend-unavailable": ({ message }, { backend }) =>
    backend === "webgpu"
      ? `This browser has no WebGPU, or its graphics can't run the model. ${ENGINE}`
      : backend === "tfjs-wasm"
      ? `tfjs doesn't run in this browser. ${ENGINE}`
      : /unsafe-eval|policy|CSP/i.test(message)
      ? "This site's security policy forbids WebAssembly: its host must allow 'wasm-unsafe-eval'."
      : "This browser is too old for this page: it takes Chrome 110, Firefox 115, Safari 16.4 or later.",
  "unknown-model": (_, { isOnline }) =>
    isOnline
      ? "The model's download broke off. It continues from there when you try again."
      : "You are offline, and the model isn't on this device yet. It goes on when the network is back.",
  "corrupt-weights": () =>
    "The network sent something else than the model. If this network wants you to sign in, do that first.",
  "page-file": () => "This page isn't complete: its host has no model.json.",
  "missing-part": (_, { backend, isOnline }) =>
    backend === "tfjs-wasm" && !isOnline
      ? `tfjs isn't on this device yet, and you are offline. ${ENGINE}`
      : "A part of the page couldn't be loaded, as the network failed.",
  "device-lost": () => "The browser lost the graphics device.",
  "thread": () => "The browser ended a part of the work.",
  "worker": () => "A part of this page didn't load, or ran out of memory.",
  "hung": () =>
    "The browser doesn't start the part of the page that looks at photos. Close other tabs and try again.",
  "not-finite": () => "The model's answer isn't numbers: its file isn't sound.",
  "no-file": () =>
    "There is no photo in that. Drop files from a folder, or choose photos.",
  "sample": () => "This sample can't be loaded, as the network failed.",
  // Camera errors, by the names that browsers use.
  "NotAllowedError": () =>
    "The camera isn't allowed here. Allow it in the browser's settings for this page, or choose photos.",
  "NotFoundError": () => "This device has no camera that the page can use.",
  "NotReadableError": () => "Another program is using the camera.",
};

/** A format's display name; some errors have it in lower case. */
function nameOf(format) {
  return /^[a-z]+$/.test(format)
    ? format.toUpperCase().replace("WEBP", "WebP")
    : format;
}

/** The format with its article, such as "an SVG file" or "a RAW photo". */
function withArticle(format) {
  const name = nameOf(format);
  const article = /^(a|e|i|o|svg|mp4)/i.test(name) ? "an" : "a";
  const isWhole = /(photo|video|archive)$| (of|that|compressed|without) /.test(
    name,
  );
  return `${article} ${name}${isWhole ? "" : " file"}`;
}

/** The part of an error's message after its last colon, as a sentence. */
function wayOut(message) {
  const [, way] = /: ([^:]+)$/.exec(message) ??
    ["", "save it as JPEG or PNG and try that"];
  return way[0].toUpperCase() + way.slice(1);
}

/** The action of the button beside the text; `null` if no button helps. */
const ACTIONS = {
  "unknown-model": "retry",
  "corrupt-weights": "retry",
  "page-file": "retry",
  "missing-part": "retry",
  "decoder-unavailable": "retry",
  "device-lost": "retry",
  "thread": "retry",
  "hung": "retry",
  "worker": "reload",
};

/**
 * Explains a problem of the worker or the page to the user.
 *
 * @param {{ code?: string, message?: string, format?: string }} problem
 * @param {{ backend: string, isOnline: boolean }} where
 */
export function explain(problem, where) {
  const { code } = problem;
  const words = WORDS[code] ??
    (() => "Something went wrong. Reload the page, and try again.");
  return {
    words: words(problem, where),
    action: code in WORDS ? ACTIONS[code] ?? null : "reload",
  };
}
