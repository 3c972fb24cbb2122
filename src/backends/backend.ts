import type { Graph, Outputs } from "../model/graph.ts";
import type { LayerWeights, Network } from "../model/network.ts";

/** The device that a network runs on. */
export type Device = "wasm" | "webgpu";

/** The number format in which a network runs. */
export type Precision = "int8" | "f32";

/** An output of a network; see {@linkcode Outputs}. */
export type OutputName = keyof Outputs;

/** Whether a backend runs on this machine, and why not. */
export type Availability =
  | {
    readonly available: true;
    /** A readable description of the hardware. */
    readonly detail: string;
    /** The bits of its activations; absent in f32. */
    readonly activationBits?: 7 | 8;
    /** Whether the processor emulates the device; `auto` skips it then. */
    readonly software?: boolean;
  }
  | {
    readonly available: false;
    /** A readable reason. */
    readonly reason: string;
  };

/** Why `auto` skips a GPU that the processor emulates. */
export const NO_GPU =
  "no GPU, only emulation by the processor: used only with backend webgpu";

/** A way to run networks. */
export interface Backend {
  /** The device that it runs on. */
  readonly device: Device;
  /** The number format that it computes in. */
  readonly precision: Precision;
  /**
   * Checks whether the backend runs on this machine. It loads as little as possible.
   *
   * @param isAsked Whether the caller requested this device. It is then probed even
   * where it is unlikely.
   */
  probe(isAsked: boolean): Promise<Availability>;
  /** Returns an upper bound of the memory for `graph` and one image, in bytes. */
  memory(graph: Graph): Promise<number>;
  /** Starts a session of `graph`. It takes no memory yet. */
  reserve(graph: Graph): Reservation;
}

/** A session that is prepared before its network is loaded. */
export interface Reservation extends Disposable {
  /**
   * Prepares the session and returns memory for the data of a Totem file.
   * {@linkcode Reservation.open} doesn't copy weights that were read into it. Only some
   * backends have this method.
   *
   * @throws As {@linkcode Reservation.open}.
   */
  allocate?(byteLength: number): Promise<Uint8Array>;
  /**
   * Opens the session.
   *
   * @param network Of the reserved graph.
   * @throws {BackendUnavailableError} When the backend doesn't run on this machine, or
   * not with these weights.
   * @throws {MemoryLimitError} When the runtime can't provide the memory.
   */
  open(network: Network): Promise<Session>;
  /** Frees the prepared session, unless it was opened. */
  [Symbol.dispose](): void;
}

/** A network that is ready to run. */
export interface Session extends Disposable {
  /** The number of runs at once; further ones wait. */
  readonly concurrency: number;
  /** The bits of activations; `null` in f32. */
  readonly activationBits: 7 | 8 | null;
  /**
   * The values of `output` for one image, row-major. Runs may overlap.
   *
   * @param pixels 8-bit RGBA of the graph's input size, `[height, width, 4]`; alpha
   * isn't read.
   * @throws {ArgumentError} When `pixels` has another length, or the graph has no such
   * output.
   * @throws {ThreadError} When a thread of the run dies. The next run works.
   * @throws {DeviceLostError} When the GPU device is lost during the run. The next run
   * opens another device.
   */
  run(
    pixels: Uint8Array | Uint8ClampedArray,
    output: OutputName,
  ): Promise<Float32Array>;
  /**
   * The weights of a dense layer as this session uses them, in f32.
   *
   * @throws {ArgumentError} When the graph has no such dense layer.
   */
  denseWeights(name: string): Promise<LayerWeights>;
  /** Frees the memory. Later runs are an error; a second call does nothing. */
  [Symbol.dispose](): void;
}
