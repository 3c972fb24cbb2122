import * as tfjs from "@tensorflow/tfjs-core";
import type { Tfjs } from "../src/backends/tfjs/types.ts";

/** tfjs as tests use it, and as this package's own code takes it. */
export const tf = tfjs as unknown as typeof tfjs & Tfjs;
