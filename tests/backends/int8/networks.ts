import type { InceptionV3Options } from "../../../src/model/mod.ts";

/** Networks of all kinds for int8 backends to plan. */
export const NETWORKS: Record<string, InceptionV3Options> = {
  full: {},
  low151: { variant: "low151" },
  low79: { variant: "low79" },
  smallest: { variant: 75 },
  large: { variant: 600, countIncludePad: true },
  narrow: { variant: 75, widthMultiplier: 1 / 16, classes: 3 },
  deep: { hiddenUnits: [100, 7], auxiliary: true },
  headless: { variant: 99, classes: 0 },
  fid: { lastPool: "max", pooling: "max", activation: "sigmoid" },
  cut: { lastBlock: "Mixed_6c", pooling: "flatten", activation: "none" },
};
