/** A network in memory, ready to run. */
export interface Contestant {
  /** The probabilities of the classes, for RGBA bytes of the network's size. */
  probabilities(pixels: Uint8ClampedArray<ArrayBuffer>): Promise<Float32Array>;
  /** What the classes are told by: the mean of each of the last channels. */
  features(pixels: Uint8ClampedArray<ArrayBuffer>): Promise<Float32Array>;
}

/** What is opened. */
export interface ModelFile {
  /** A URL, of a file but in a page. */
  readonly url: string;
  /** Its bytes. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
  /** The side of its square input, in pixels. */
  readonly size: number;
  readonly precision: "int8" | "f32";
}

/** The names of the values that models give, as the writers of this folder have them. */
export const OUTPUTS = { features: "AvgPool_1a", probabilities: "Predictions" };
