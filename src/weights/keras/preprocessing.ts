import type { Preprocessing } from "../../model/mod.ts";

/** `keras.applications.inception_v3.preprocess_input`: 0..255 to -1..1. */
export const KERAS_PREPROCESSING: Preprocessing = {
  crop: { kind: "center", fraction: 1 },
  resize: "antialiased",
  scale: [1 / 127.5, 1 / 127.5, 1 / 127.5],
  offset: [-1, -1, -1],
};
