/**
 * The package's errors in plain words: what happened, and what to do.
 *
 * @module
 */

const WORDS = {
  "unsupported-image": ({ format }) =>
    `${
      format ? `This is a ${format} file` : "This isn't a photo"
    }: JPEG, PNG and WebP can be read.`,
  "corrupt-image": () => "This photo is damaged or cut off.",
  "image-too-large": () =>
    "This photo has more pixels than a phone's memory is asked for: make it smaller.",
  "memory-limit": () =>
    "This device doesn't give the memory that this takes. Close other tabs, or choose the WASM engine.",
  "backend-unavailable": () =>
    "This browser can't run that. Choose the WASM engine.",
  "unknown-model": () =>
    navigator.onLine
      ? "The model can't be downloaded. Try again later."
      : "You are offline, and the model isn't on this device yet.",
  "corrupt-weights": () =>
    "The model came damaged. Reload the page to download it again.",
  "device-lost": () => "The browser lost the graphics device. Try once more.",
  "thread": () => "The browser ended a part of the work. Try once more.",
  "worker": () =>
    "A part of this page didn't load, or ran out of memory. Reload it.",
};

/** What a person is told of a problem, as the worker gives it. */
export function explain(problem) {
  const words = WORDS[problem.code] ?? (() => "Something went wrong.");
  return words(problem);
}
