import type { Network } from "../../src/model/mod.ts";
import { KERAS_PREPROCESSING } from "../../src/weights/mod.ts";

/** A network whose weights must not be read. */
export const NETWORK: Network = {
  architecture: { classes: 5 },
  labels: [..."abcde"],
  preprocessing: KERAS_PREPROCESSING,
  weights() {
    throw new Error("Not asked for");
  },
};
