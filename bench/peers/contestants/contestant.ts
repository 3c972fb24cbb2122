/**
 * The contestants, and the interface that each of them implements.
 *
 * @module
 */

/** A JavaScript runtime. */
export type Runtime = typeof RUNTIMES[number];
export const RUNTIMES = ["Deno", "Node 20", "Node 24", "Chromium"] as const;

const NODES: readonly Runtime[] = ["Node 20", "Node 24"];

/** A library that runs networks. */
export type Library =
  | "Totem"
  | "tfjs-backend-wasm"
  | "tfjs-backend-webgpu"
  | "onnxruntime-web"
  | "LiteRT.js"
  | "onnxruntime-node";

/** A way to run the network. */
export interface Contestant {
  readonly library: Library;
  readonly precision: "int8" | "f32";
  /** The number of threads, or WebGPU. */
  readonly on: 1 | 2 | "webgpu";
  /**
   * Totem's kernels without relaxed SIMD, which older engines lack, or those with
   * 256-bit vectors, which V8 generates in Node 24 and, with a flag, in Deno and
   * Chromium.
   */
  readonly kernels?: "plain" | "wide";
  /** The runtimes that it supports; all of them by default. */
  readonly runtimes?: readonly Runtime[];
}

/** A network in memory, ready to run. */
export interface OpenNetwork {
  /** The class probabilities of an image: RGBA bytes of the network's size. */
  probabilities(pixels: Uint8ClampedArray): Promise<Float32Array>;
  /**
   * The features: the mean of each of the last channels, from which classes are
   * computed.
   */
  features(pixels: Uint8ClampedArray): Promise<Float32Array>;
}

/** A network's file. */
export interface ModelFile {
  /** Its URL. */
  readonly url: string;
  /** Reads its bytes. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
  /** The side of the square input image, in pixels. */
  readonly size: number;
}

/** All contestants. */
export const CONTESTANTS: readonly Contestant[] = [
  { library: "Totem", precision: "int8", on: 1 },
  { library: "Totem", precision: "int8", on: 2 },
  { library: "Totem", precision: "int8", on: 1, kernels: "plain" },
  { library: "Totem", precision: "int8", on: 1, kernels: "wide" },
  { library: "Totem", precision: "int8", on: "webgpu" },
  { library: "tfjs-backend-wasm", precision: "f32", on: 1 },
  { library: "tfjs-backend-wasm", precision: "f32", on: 2 },
  { library: "tfjs-backend-webgpu", precision: "f32", on: "webgpu" },
  { library: "onnxruntime-web", precision: "f32", on: 1 },
  { library: "onnxruntime-web", precision: "f32", on: 2 },
  { library: "onnxruntime-web", precision: "int8", on: 1 },
  { library: "onnxruntime-web", precision: "int8", on: 2 },
  { library: "LiteRT.js", precision: "f32", on: 1 },
  { library: "LiteRT.js", precision: "f32", on: 2 },
  { library: "LiteRT.js", precision: "int8", on: 1 },
  { library: "LiteRT.js", precision: "int8", on: 2 },
  { library: "onnxruntime-node", precision: "f32", on: 1, runtimes: NODES },
  { library: "onnxruntime-node", precision: "f32", on: 2, runtimes: NODES },
  { library: "onnxruntime-node", precision: "int8", on: 1, runtimes: NODES },
  { library: "onnxruntime-node", precision: "int8", on: 2, runtimes: NODES },
];

/** The name of a contestant, on one line. */
export function describe(contestant: Contestant): string {
  const { library, precision } = contestant;
  return `${library} ${precision}, ${describePlace(contestant)}`;
}

const KERNELS = { plain: "plain SIMD", wide: "256 bits" } as const;

/** The threads or GPU that a contestant runs on. */
export function describePlace({ on, kernels }: Contestant): string {
  switch (on) {
    case "webgpu":
      return "WebGPU";
    case 1:
      return kernels ? `1 thread, ${KERNELS[kernels]}` : "1 thread";
    default:
      return `${on} threads`;
  }
}
