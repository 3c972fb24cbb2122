import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import type { Address, Connection } from "../system.ts";

/** Bytes per read: few for a head, more while data keeps coming. */
const LEAST_READ_BYTES = 2 ** 11;
const MOST_READ_BYTES = 2 ** 16;
/** The maximum time for a write in ms. Most responses have about 100 bytes. */
const WRITE_MS = 30_000;
/** The time in ms for a client that is still sending to read its response. */
const LINGER_MS = 1000;

interface StreamEvents {
  /** Called when bytes arrive. */
  onBytes(): void;
  /** Called when the connection is closed and its descriptor is free. */
  onClosed(): void;
}

/** A connection as a stream, from which `node:http` reads requests. */
export class ConnectionStream extends Duplex {
  readonly remoteAddr: Address;
  readonly #connection: Connection;
  readonly #events: StreamEvents;
  #reading: Promise<void> = Promise.resolve();
  #writing: Promise<void> = Promise.resolve();
  #readBytes = LEAST_READ_BYTES;
  #requests = 0;
  #wantsToRead = false;
  #ended = false;
  #closed = false;

  constructor(connection: Connection, events: StreamEvents) {
    super();
    this.#connection = connection;
    this.remoteAddr = connection.remoteAddr;
    this.#events = events;
    // An error only ends its own connection.
    this.on("error", () => {});
    try {
      // Parts of a response must not wait for the acknowledgement of earlier ones.
      connection.setNoDelay();
    } catch {
      // The client has disconnected. The first read will report it.
    }
  }

  /** Called when a request begins. */
  beginRequest(): void {
    this.#requests++;
  }

  /** Called when its response has been written. */
  endRequest(): void {
    this.#requests--;
    if (this.#wantsToRead && this.#requests < 2) this._read();
  }

  /** Closes the connection immediately. */
  abort(): void {
    this.#close();
    this.destroy();
  }

  override _read(): void {
    // Reading stops while two pipelined requests are pending.
    this.#wantsToRead = this.#requests >= 2;
    if (!this.#wantsToRead) this.#reading = this.#readSome();
  }

  override _write(
    chunk: Uint8Array,
    _encoding: BufferEncoding,
    done: (error?: Error) => void,
  ): void {
    this.#writing = this.#writeAll(chunk).then(() => done(), done);
  }

  /** Sends a head and its body together. */
  override _writev(
    chunks: { chunk: Uint8Array }[],
    done: (error?: Error) => void,
  ): void {
    const bytes = Buffer.concat(chunks.map(({ chunk }) => chunk));
    this._write(bytes, "binary", done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#connection.closeWrite().then(() => done(), done);
  }

  override _destroy(
    error: Error | null,
    done: (error: Error | null) => void,
  ): void {
    void this.#leave();
    done(error);
  }

  async #readSome(): Promise<void> {
    const buffer = new Uint8Array(this.#readBytes);
    try {
      const count = await this.#connection.read(buffer);
      this.#readBytes = count === buffer.length
        ? Math.min(2 * count, MOST_READ_BYTES)
        : LEAST_READ_BYTES;
      this.#ended = count === null;
      if (this.destroyed) return;
      if (count !== null) this.#events.onBytes();
      this.push(count === null ? null : buffer.subarray(0, count));
    } catch (error) {
      this.#ended = true;
      this.destroy(error as Error);
    }
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    const timer = setTimeout(() => this.abort(), WRITE_MS);
    try {
      while (bytes.length > 0) {
        bytes = bytes.subarray(await this.#connection.write(bytes));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Lets written data arrive. Closing a connection with unread bytes resets it, and the
   * client would lose the response that explains why its body wasn't read.
   */
  async #leave(): Promise<void> {
    const timer = setTimeout(() => this.#close(), LINGER_MS);
    try {
      await this.#writing;
      await this.#connection.closeWrite();
      await this.#reading;
      const sink = new Uint8Array(LEAST_READ_BYTES);
      while (!this.#ended && await this.#connection.read(sink) !== null);
    } catch {
      // The client has closed it.
    } finally {
      clearTimeout(timer);
      this.#close();
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#connection.close();
    } catch {
      // Already closed.
    }
    this.#events.onClosed();
  }
}
