import { normalizeAddress } from "../../server/client_address.ts";

/** The maximum number of connections, and their timeouts. */
export interface ConnectionLimits {
  /** In total. */
  readonly connections: number;
  /** From one address. */
  readonly perAddress: number;
  /** Ms from a connection's start, or a head's first byte, to the end of the head. */
  readonly head: number;
  /** Ms between a response and the first byte of the next head. */
  readonly idle: number;
}

/** `"new"` until a head begins, `"busy"` during a response, `"idle"` between requests. */
type Phase = "new" | "head" | "body" | "busy" | "idle";

/** An open connection. */
interface Open {
  readonly address: string;
  phase: Phase;
  /** The start of the phase. */
  since: number;
}

/**
 * Limits the number of connections, and tracks their deadlines. If the limit is reached,
 * a new connection replaces the one that has waited longest, but never a busy one. A real
 * client sends its head at once, so a client that only holds connections open can't lock
 * others out.
 */
export class Connections<C> {
  readonly #open = new Map<C, Open>();
  readonly #close: (connection: C) => void;
  readonly #limits: ConnectionLimits;
  readonly #now: () => number;
  #most: number;

  /** @param close Closes a connection, and must cause a call of {@linkcode remove}. */
  constructor(
    limits: ConnectionLimits,
    close: (connection: C) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#limits = limits;
    this.#most = limits.connections;
    this.#close = close;
    this.#now = now;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The maximum number of connections, which {@linkcode lower} may have reduced. */
  get most(): number {
    return this.#most;
  }

  /** Admits a connection, making room if necessary. Returns whether it was admitted. */
  admit(connection: C, peer: string): boolean {
    const address = normalizeAddress(peer);
    let fromThere = 0;
    for (const it of this.#open.values()) {
      if (it.address === address) fromThere++;
    }
    const hasRoom = fromThere >= this.#limits.perAddress
      ? this.#closeOne((it) => it.address === address)
      : this.#open.size < this.#most || this.#closeOne(() => true);
    if (!hasRoom) return false;
    this.#open.set(connection, { address, phase: "new", since: this.#now() });
    return true;
  }

  /** Sets the phase of a connection. */
  enter(connection: C, phase: Phase): void {
    const it = this.#open.get(connection);
    if (it) Object.assign(it, { phase, since: this.#now() });
  }

  /** Called when bytes arrive. Between requests, they start a head. */
  receive(connection: C): void {
    const phase = this.#open.get(connection)?.phase;
    if (phase === "new" || phase === "idle") this.enter(connection, "head");
  }

  /** Removes a closed connection. */
  remove(connection: C): void {
    this.#open.delete(connection);
  }

  /** Closes connections past their deadline. The request's own deadline covers its body. */
  closeLate(): void {
    const { head, idle } = this.#limits;
    const now = this.#now();
    this.#closeAll(({ phase, since }) =>
      now - since > (isBeforeRequest(phase) ? head : idle) &&
      phase !== "body" && phase !== "busy"
    );
  }

  /** Closes all connections without a request in progress. */
  closeIdle(): void {
    this.#closeAll(({ phase }) => phase === "idle" || isBeforeRequest(phase));
  }

  closeAll(): void {
    this.#closeAll(() => true);
  }

  /**
   * Lowers the limit because there are no more descriptors, and leaves some free for
   * other files.
   */
  lower(): void {
    this.#most = Math.max(1, Math.min(this.#most, this.#open.size - SPARE));
    while (this.#open.size > this.#most && this.#closeOne(() => true));
  }

  #closeAll(condition: (it: Open) => boolean): void {
    for (const [connection, it] of [...this.#open]) {
      if (condition(it)) this.#drop(connection);
    }
  }

  /**
   * Closes the connection that has waited longest, preferring those not receiving a body.
   */
  #closeOne(condition: (it: Open) => boolean): boolean {
    let longest: [C, Open] | undefined;
    for (const entry of this.#open) {
      const [, it] = entry;
      if (it.phase === "busy" || !condition(it)) continue;
      if (!longest || goesBefore(it, longest[1])) longest = entry;
    }
    if (longest) this.#drop(longest[0]);
    return longest !== undefined;
  }

  #drop(connection: C): void {
    this.remove(connection);
    this.#close(connection);
  }
}

/** The number of descriptors to leave free. */
const SPARE = 16;

function isBeforeRequest(phase: Phase): boolean {
  return phase === "new" || phase === "head";
}

function goesBefore(a: Open, b: Open): boolean {
  if ((a.phase === "body") !== (b.phase === "body")) return b.phase === "body";
  return a.since < b.since;
}

/** Whether a listener on `address` is reachable only from this machine. */
export function isLoopback(address: string): boolean {
  return /^(127\.|::1$|::ffff:127\.)/i.test(address);
}
