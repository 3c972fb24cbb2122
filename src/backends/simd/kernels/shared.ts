/**
 * What TypeScript must know of the kernels: `deno task build` describes it in
 * `../modules/shared.ts`. The functions are exported for their records.
 */
export { averagePool } from "./average_pool";
export { border } from "./border";
export { convI16, convI32, convPlain, TABLE_BYTES, TASK_PIXELS } from "./conv";
export { dense } from "./dense";
export { globalAveragePool } from "./global_average_pool";
export { maxPool } from "./max_pool";
export {
  Kind,
  Level,
  LEVEL_BYTES,
  Program,
  PROGRAM_BYTES,
  STEP_BYTES,
} from "./program";
export { softmax } from "./softmax";
export {
  AveragePool,
  Border,
  Convolution,
  Dense,
  GlobalAveragePool,
  MaxPool,
  RESCALE_BYTES,
  Softmax,
} from "./step";
