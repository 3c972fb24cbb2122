import * as tfjs from "@tensorflow/tfjs-core";
import type { Tfjs } from "../src/backends/tfjs/types.ts";

/** tfjs with the types for tests and those of this package's own interface. */
export const tf = tfjs as unknown as typeof tfjs & Tfjs;
