/**
 * What a backend is: a way to compute a network on a device. The selector picks
 * one (`select.ts`); everything above it sees a {@linkcode Session}.
 *
 * @module
 */
import type { Graph, Outputs } from "../model/graph.ts";
import type { LayerWeights, Network } from "../model/network.ts";

/** What a network is computed on. */
export type Device = "wasm" | "webgpu";

/** The numbers that a network is computed with. */
export type Precision = "int8" | "f32";

/** What can be asked of a network; see {@linkcode Outputs}. */
export type OutputName = keyof Outputs;

/** Whether a backend runs on this machine, and why not. */
export type Availability =
  | {
    /** It runs. */
    readonly available: true;
    /** What it runs on, for people to read. */
    readonly detail: string;
    /** The bits of activations that it would take; none in f32. */
    readonly activationBits?: 7 | 8;
    /** Whether the device is emulated by the processor; `auto` passes it over. */
    readonly software?: boolean;
  }
  | {
    /** It doesn't run. */
    readonly available: false;
    /** Why, for people to read. */
    readonly reason: string;
  };

/** A way to compute networks. */
export interface Backend {
  /** What it computes on. */
  readonly device: Device;
  /** What it computes with. */
  readonly precision: Precision;
  /**
   * Asks the machine; loads no more than it must.
   *
   * @param asked Whether the caller wants this device, rather than the best: then
   * it is looked for where it is unlikely too.
   */
  probe(asked: boolean): Promise<Availability>;
  /** An upper bound in bytes of what running `graph` on one image takes. */
  memory(graph: Graph): Promise<number>;
  /** Begins a session of `graph`. Takes no memory yet. */
  reserve(graph: Graph): Reservation;
}

/** A session that is prepared before its network is there. */
export interface Reservation extends Disposable {
  /**
   * Prepares the session and gives memory for the data of a Totem file:
   * {@linkcode Reservation.open} doesn't copy the weights that were read into it. Only
   * some backends have it.
   *
   * @param byteLength Of the data.
   * @throws As {@linkcode Reservation.open}.
   */
  allocate?(byteLength: number): Promise<Uint8Array>;
  /**
   * Opens the session.
   *
   * @param network Of the reserved graph.
   * @throws {BackendUnavailableError} When the backend doesn't run on this machine, or
   * not with these weights.
   * @throws {MemoryLimitError} When the runtime doesn't give the memory.
   */
  open(network: Network): Promise<Session>;
  /** Frees what was prepared, unless the session was opened. */
  [Symbol.dispose](): void;
}

/** A network that is ready to run. */
export interface Session extends Disposable {
  /** How many runs go on at once; the others wait for their turn. */
  readonly concurrency: number;
  /** The bits of activations; `null` in f32. */
  readonly activationBits: 7 | 8 | null;
  /**
   * The values of `output` for one image, row-major. Runs may overlap.
   *
   * @param pixels 8-bit RGBA of the graph's input size, `[height, width, 4]`; A
   * isn't read.
   * @throws {ArgumentError} When `pixels` has another length or the graph has no
   * such output.
   * @throws {ThreadError} When a thread that runs it dies. The next run works.
   * @throws {DeviceLostError} When the GPU's device is lost meanwhile. The next run
   * opens another one.
   */
  run(
    pixels: Uint8Array | Uint8ClampedArray,
    output: OutputName,
  ): Promise<Float32Array>;
  /**
   * The weights of a dense layer as this session computes with them, in f32.
   *
   * @param name The name of the graph's node.
   * @throws {ArgumentError} When the graph has no dense layer of that name.
   */
  denseWeights(name: string): Promise<LayerWeights>;
  /** Frees the memory. Later runs are an error; a second call does nothing. */
  [Symbol.dispose](): void;
}
