/**
 * Who said a fact:
 *
 * - `"model"`: the model's file, or the list of known models;
 * - `"option"`: the caller that loaded it;
 * - `"assumed"`: nobody, so that a default was taken;
 * - `"assumed-earlier"`: the file, whose maker had it from nobody.
 */
export type Origin = "model" | "option" | "assumed" | "assumed-earlier";

/** Facts of a network that aren't in its weights. */
export type MetadataField =
  | "variant"
  | "pixels"
  | "crop"
  | "resize"
  | "pooling"
  | "activation";

/** Who said what of a network; the model itself, where nothing is said. */
export type Origins = Readonly<Partial<Record<MetadataField, Origin>>>;
