/**
 * Reads and identifies foreign files: one chunk of a bundle.
 *
 * @module
 */
export { importKerasH5 } from "./keras/import_keras.ts";
export { named, withSource } from "./foreign/unreadable.ts";
export { loadForeign, loadTorchvision } from "./load_foreign.ts";
export { loadNsfw } from "./nsfw.ts";
export { importTorchvision } from "./torchvision.ts";
