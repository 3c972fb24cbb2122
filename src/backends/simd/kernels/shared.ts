/**
 * The parts of the kernels that TypeScript needs: `deno task build` describes them in
 * `../modules/shared.ts`. The functions are exported for their records.
 */
export { averagePool, averagePoolWide } from "./average_pool";
export { border } from "./border";
export {
  convI16,
  convI32,
  convPlain,
  convWide,
  TABLE_BYTES,
  TASK_PIXELS,
} from "./conv";
export { dense } from "./dense";
export { flatten } from "./flatten";
export { globalAveragePool } from "./global_average_pool";
export { globalMaxPool } from "./global_max_pool";
export { maxPool } from "./max_pool";
export { WIDE_BYTES } from "./panel_wide";
export {
  Kind,
  Level,
  LEVEL_BYTES,
  Program,
  PROGRAM_BYTES,
  STEP_BYTES,
} from "./program";
export { sigmoid, softmax } from "./probabilities";
export {
  AveragePool,
  Border,
  Convolution,
  Dense,
  GlobalPool,
  MaxPool,
  Probabilities,
  RESCALE_BYTES,
} from "./step";
export { convWinograd, WINOGRAD_BYTES } from "./winograd";
export { convWinogradLine, LINE_BYTES } from "./winograd_line";
