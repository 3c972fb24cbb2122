import { normalizeAddress } from "../../server/client_address.ts";

/** How many connections there may be, and how long one may take. */
export interface ConnectionLimits {
  /** In all. */
  readonly connections: number;
  /** From one address. */
  readonly perAddress: number;
  /** Ms from a connection's beginning, or a head's first byte, to the head's end. */
  readonly head: number;
  /** Ms between an answer and the next head's first byte. */
  readonly idle: number;
}

/** `"new"` until a head begins, `"busy"` during an answer, `"idle"` between requests. */
type Phase = "new" | "head" | "body" | "busy" | "idle";

/** A connection that is open. */
interface Open {
  readonly address: string;
  phase: Phase;
  /** When the phase began. */
  since: number;
}

/**
 * Keeps the number of connections and their deadlines. Where there is no room, a new
 * connection takes the place of the one that has waited longest: a client that means
 * it sends its head at once, and one that holds connections only can't keep others out.
 * Never of one that is busy.
 */
export class Connections<C> {
  readonly #open = new Map<C, Open>();
  readonly #close: (connection: C) => void;
  readonly #limits: ConnectionLimits;
  readonly #now: () => number;
  #most: number;

  /** @param close Closes a connection; {@linkcode remove} must come of it. */
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

  /** How many there may be, which {@linkcode lower} may have changed. */
  get most(): number {
    return this.#most;
  }

  /** Makes room for a new connection if it can, and returns whether it did. */
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

  /** Notes what a connection is doing. */
  enter(connection: C, phase: Phase): void {
    const it = this.#open.get(connection);
    if (it) Object.assign(it, { phase, since: this.#now() });
  }

  /** Notes that bytes came: between requests they begin a head. */
  receive(connection: C): void {
    const phase = this.#open.get(connection)?.phase;
    if (phase === "new" || phase === "idle") this.enter(connection, "head");
  }

  /** Forgets a connection, which is closed. */
  remove(connection: C): void {
    this.#open.delete(connection);
  }

  /** Closes what has passed its deadline. A body's is its request's. */
  closeLate(): void {
    const { head, idle } = this.#limits;
    const now = this.#now();
    this.#closeAll(({ phase, since }) =>
      now - since > (isBeforeRequest(phase) ? head : idle) &&
      phase !== "body" && phase !== "busy"
    );
  }

  /** Closes all that have no request under way. */
  closeIdle(): void {
    this.#closeAll(({ phase }) => phase === "idle" || isBeforeRequest(phase));
  }

  closeAll(): void {
    this.#closeAll(() => true);
  }

  /**
   * Allows fewer from now on, as there are no descriptors for more, and keeps some free
   * for what else opens files.
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

  /** Closes the one that has waited longest, of those whose body comes the last. */
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

/** How many descriptors to leave free. */
const SPARE = 16;

function isBeforeRequest(phase: Phase): boolean {
  return phase === "new" || phase === "head";
}

function goesBefore(a: Open, b: Open): boolean {
  if ((a.phase === "body") !== (b.phase === "body")) return b.phase === "body";
  return a.since < b.since;
}

/** Whether only this machine reaches what listens on `address`. */
export function isLoopback(address: string): boolean {
  return /^(127\.|::1$|::ffff:127\.)/i.test(address);
}
