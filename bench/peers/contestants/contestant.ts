/**
 * What is compared, and what each of them must be able to do.
 *
 * @module
 */

/** What JavaScript runs in. */
export type Runtime = typeof RUNTIMES[number];
export const RUNTIMES = ["Deno", "Node 20", "Node 24", "Chromium"] as const;

const NODES: readonly Runtime[] = ["Node 20", "Node 24"];

/** What runs networks. */
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
  /** How many threads of the processor it has, or that it runs on WebGPU. */
  readonly on: 1 | 2 | "webgpu";
  /**
   * Totem's kernels without relaxed SIMD, which older engines lack, or those of 256 bits,
   * which V8 makes in Node 24 and, with a flag, in Deno and Chromium.
   */
  readonly kernels?: "plain" | "wide";
  /** Where it is made for; anywhere unless given. */
  readonly runtimes?: readonly Runtime[];
}

/** A network in memory, ready to run. */
export interface OpenNetwork {
  /** The probabilities of the classes, for RGBA bytes of the network's size. */
  probabilities(pixels: Uint8ClampedArray): Promise<Float32Array>;
  /** The mean of each of the last channels, from which the classes are told. */
  features(pixels: Uint8ClampedArray): Promise<Float32Array>;
}

/** A network's file. */
export interface ModelFile {
  /** Where it is, as a URL. */
  readonly url: string;
  /** Gives its bytes. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
  /** The side of the square image that it takes, in pixels. */
  readonly size: number;
}

/** All that are compared. */
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

/** A contestant's name in a line. */
export function describe(contestant: Contestant): string {
  const { library, precision } = contestant;
  return `${library} ${precision}, ${describePlace(contestant)}`;
}

const KERNELS = { plain: "plain SIMD", wide: "256 bits" } as const;

/** What a contestant runs on. */
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
