/**
 * The kernels of the int8 engine, in AssemblyScript: all code that runs for an image.
 * They access only memory that their callers pass.
 */
export { averagePool, averagePoolWide } from "./average_pool";
export { border } from "./border";
export { convI16, convI32, convPlain, convWide, panelI16, panelI32 } from "./conv";
export { dense } from "./dense";
export { flatten } from "./flatten";
export { globalAveragePool } from "./global_average_pool";
export { globalMaxPool } from "./global_max_pool";
export { maxPool } from "./max_pool";
export { panelPlain } from "./panel_plain";
export { sigmoid, softmax } from "./probabilities";
export { probe } from "./probe";
export { convWinograd, multiplyTiles } from "./winograd";
export { widenTile } from "./winograd_input";
export {
  convWinogradLine,
  storeLines,
  widenLine,
  widenLinePanel,
} from "./winograd_line";
export { storeTiles } from "./winograd_output";
export { widenPanel } from "./winograd_weights";
