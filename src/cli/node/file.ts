import * as fs from "node:fs";
import type { BigIntStats } from "node:fs";
import { promisify } from "node:util";
import { streamFile } from "../../weights/file_stream.ts";
import { type FileFacts, SEEK, type SystemFile } from "../system.ts";
import { type Lock, lockFile } from "./lock.ts";

/** An open file. Node can't seek, so after the first seek the position is tracked here. */
export class NodeFile implements SystemFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #appends: boolean;
  /** `null` to use the system's position, the only one that pipes have. */
  #place: number | null = null;
  #lock: Lock | undefined;
  #closed = false;

  constructor(path: string, descriptor: number, appends: boolean) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#appends = appends;
  }

  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return streamFile(
      async (target) => await this.read(target) ?? 0,
      () => Promise.resolve(this.close()),
    );
  }

  async read(bytes: Uint8Array): Promise<number | null> {
    const count = await new Promise<number>((resolve, reject) =>
      fs.read(
        this.#descriptor,
        bytes,
        0,
        bytes.length,
        this.#place,
        (error, count) => error ? reject(error) : resolve(count),
      )
    );
    return this.#readOn(count, bytes);
  }

  readSync(bytes: Uint8Array): number | null {
    const { length } = bytes;
    const count = fs.readSync(this.#descriptor, bytes, 0, length, this.#place);
    return this.#readOn(count, bytes);
  }

  async write(bytes: Uint8Array): Promise<number> {
    const count = await new Promise<number>((resolve, reject) =>
      fs.write(
        this.#descriptor,
        bytes,
        0,
        bytes.length,
        this.#writePlace(),
        (error, count) => error ? reject(error) : resolve(count),
      )
    );
    return this.#goOn(count);
  }

  writeSync(bytes: Uint8Array): number {
    const { length } = bytes;
    return this.#goOn(
      fs.writeSync(this.#descriptor, bytes, 0, length, this.#writePlace()),
    );
  }

  seekSync(offset: number, whence: number): number {
    const start = whence === SEEK.end ? this.statSync().size : 0;
    return this.#place = start + offset;
  }

  truncateSync(length: number): void {
    fs.ftruncateSync(this.#descriptor, length);
  }

  async sync(): Promise<void> {
    await promisify(fs.fsync)(this.#descriptor);
  }

  stat(): Promise<FileFacts> {
    return Promise.resolve(this.statSync());
  }

  statSync(): FileFacts {
    return factsOf(fs.fstatSync(this.#descriptor, { bigint: true }));
  }

  async tryLock(_exclusive: true): Promise<boolean> {
    this.#lock ??= await lockFile(this.#path, this.#descriptor);
    return this.#lock !== undefined;
  }

  unlockSync(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.unlockSync();
    fs.closeSync(this.#descriptor);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #readOn(count: number, { length }: Uint8Array): number | null {
    return count === 0 && length > 0 ? null : this.#goOn(count);
  }

  /** When appending, the system finds the end itself, even if others have appended. */
  #writePlace(): number | null {
    return this.#appends ? null : this.#place;
  }

  #goOn(count: number): number {
    if (this.#place !== null) this.#place += count;
    return count;
  }
}

/** File information in the same form as in Deno. */
export function factsOf(stats: BigIntStats): FileFacts {
  const ino = Number(stats.ino);
  return {
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
    size: Number(stats.size),
    // In whole ms. Without bigints, Node rounds them up.
    mtime: new Date(Number(stats.mtimeMs)),
    dev: Number(stats.dev),
    // Larger numbers would be rounded, so two files could have the same one.
    ino: Number.isSafeInteger(ino) ? ino : null,
  };
}
