/**
 * Reads and identifies foreign files: one chunk of a bundle.
 *
 * @module
 */
export { foreignModel } from "./foreign_model.ts";
export { importKerasH5 } from "./keras_h5.ts";
export { withSource } from "./foreign_model.ts";
export {
  loadKerasH5,
  loadLayersModel,
  loadTorchvision,
} from "./load_foreign.ts";
export { loadNsfw } from "./nsfw.ts";
export { importTorchvision } from "./torchvision.ts";
