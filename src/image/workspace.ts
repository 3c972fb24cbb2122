import { freeBytes } from "../io/free_bytes.ts";
import { allocatePixels } from "./allocate.ts";
import { keepIdle, MAX_KEPT_BYTES } from "./idle.ts";

const PAGE_BYTES = 1 << 16;

/**
 * The memory in which an image is decoded. Decoders of all formats share it in turn, so
 * a process that decodes images one by one needs the memory of the largest, not the sum
 * over formats. The decoder that was used last stays in it.
 */
export class Workspace {
  #memory: WebAssembly.Memory | undefined;
  #usedBytes = 0;
  #module: WebAssembly.Module | undefined;
  #decoder: unknown;

  get memory(): WebAssembly.Memory {
    return this.#memory!;
  }

  get bytes(): number {
    return this.#memory?.buffer.byteLength ?? 0;
  }

  /** All bytes from this one on are 0. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Gets memory of at least `bytes`.
   *
   * @throws {RangeError} When no more memory is available.
   */
  reserve(bytes: number): void {
    const initial = Math.ceil(bytes / PAGE_BYTES);
    const missing = initial - this.bytes / PAGE_BYTES;
    if (this.#memory === undefined) {
      this.#memory = new WebAssembly.Memory({ initial });
    } else if (missing > 0) this.#memory.grow(missing);
  }

  /** Records that the image may write the first `bytes`. */
  use(bytes: number): void {
    this.#usedBytes = Math.max(this.#usedBytes, bytes);
  }

  hasDecoder(module: WebAssembly.Module): boolean {
    return this.#module === module;
  }

  /**
   * Takes the decoder of a module: that of the last image, or a new one, which finds the
   * memory empty. One that isn't kept again afterwards is dropped.
   */
  takeDecoder<T>(module: WebAssembly.Module, start: () => T): T {
    const isThere = this.hasDecoder(module);
    const decoder = this.#decoder as T;
    this.#module = this.#decoder = undefined;
    if (isThere) return decoder;
    this.#clear();
    return start();
  }

  /** Keeps a decoder for the next image. After a failure it may be in any state. */
  keepDecoder(module: WebAssembly.Module, decoder: unknown): void {
    this.#module = module;
    this.#decoder = decoder;
  }

  /** Lends `bytes` of the memory to code without a module. */
  takeBytes(bytes: number): Uint8ClampedArray<ArrayBuffer> {
    this.#module = this.#decoder = undefined;
    this.reserve(bytes);
    this.#clear();
    this.use(bytes);
    return new Uint8ClampedArray(this.memory.buffer as ArrayBuffer, 0, bytes);
  }

  #clear(): void {
    new Uint8Array(this.memory.buffer, 0, this.#usedBytes).fill(0);
    this.#usedBytes = 0;
  }
}

const idle = keepIdle<Workspace>((it) => it.bytes);

/**
 * Lends a workspace while `use` runs, preferably one with the decoder of `module`. It
 * may have no memory before {@linkcode Workspace.reserve}.
 */
export async function withWorkspace<T>(
  module: WebAssembly.Module | undefined,
  use: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const workspace =
    idle.take((it) => module !== undefined && it.hasDecoder(module)) ??
      new Workspace();
  try {
    return await use(workspace);
  } finally {
    idle.give(workspace);
  }
}

/** Lends zeroed RGBA pixels while `use` runs. */
export async function withPixels<T>(
  width: number,
  height: number,
  use: (data: Uint8ClampedArray<ArrayBuffer>) => Promise<T>,
): Promise<T> {
  const bytes = 4 * width * height;
  if (bytes <= MAX_KEPT_BYTES) {
    return await withWorkspace(
      undefined,
      (workspace) => use(workspace.takeBytes(bytes)),
    );
  }
  const data = allocatePixels(width, height);
  try {
    return await use(data);
  } finally {
    freeBytes(data);
  }
}
