/**
 * The code that reads and identifies foreign files, and converts known models to int8. It
 * becomes one chunk of a bundle.
 *
 * @module
 */
export { importKerasH5 } from "./keras/import_keras.ts";
export { named, withSource } from "./foreign/unreadable.ts";
export { loadForeign, loadTorchvision } from "./load_foreign.ts";
export { loadNsfw } from "./nsfw.ts";
export { calibrateByBatchNorm } from "./quantize/calibrate_by_batch_norm.ts";
export { quantizeNetwork } from "./quantize/quantize_network.ts";
export { importTorchvision } from "./torchvision.ts";
export { writeNetwork } from "./write_totem_file.ts";
