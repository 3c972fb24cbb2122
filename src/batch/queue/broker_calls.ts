import { delay } from "../../async/delay.ts";
import { withTimeout } from "../../async/timeout.ts";
import type { Broker, Tell } from "./broker.ts";
import { connectionReason, QueueError } from "./queue_error.ts";

/** The maximum time for one response, in ms. */
const LONGEST_ANSWER = 10_000;
/** How long a command waits for an unavailable broker, in ms. */
const PATIENCE = 30_000;
/** The pause before another try, in ms. */
const PAUSE = 1000;

/** Calls a broker that may be unavailable, and reports when it goes away and comes back. */
export class BrokerCalls {
  readonly #broker: Pick<Broker, "problem">;
  readonly #shown: string;
  readonly #tell: Tell;
  #isAway = false;
  /** The number of times it has gone away or come back. */
  #changes = 0;
  #isClosed = false;

  /** @param shown The broker's address without secrets. */
  constructor(broker: Pick<Broker, "problem">, shown: string, tell: Tell) {
    this.#broker = broker;
    this.#shown = shown;
    this.#tell = tell;
  }

  /**
   * Calls the broker, and retries for half a minute while it is unavailable.
   *
   * @throws {QueueError} When it stays unavailable, or refuses.
   */
  async untilAnswered<T>(call: () => Promise<T>): Promise<T> {
    const latest = performance.now() + PATIENCE;
    for (;;) {
      try {
        return await this.once(call);
      } catch (cause) {
        const isLate = performance.now() > latest;
        if (isLate || this.#isClosed || isRefusal(cause)) {
          throw new QueueError(
            `Cannot use the queue at ${this.#shown}: ${this.#reason(cause)}`,
            { cause },
          );
        }
        await delay(PAUSE, undefined);
      }
    }
  }

  /** Calls the broker. Rejects with the connection's error if it is unavailable. */
  async once<T>(call: () => Promise<T>): Promise<T> {
    const changes = this.#changes;
    try {
      const answer = await withTimeout(
        LONGEST_ANSWER,
        call(),
        () => new QueueError(`no answer within ${LONGEST_ANSWER / 1000} s`),
      );
      this.#notice(false, changes, () => `${this.#shown} can be used again`);
      return answer;
    } catch (error) {
      if (!isRefusal(error)) {
        this.#notice(
          true,
          changes,
          () =>
            `${this.#shown} can't be used now: ${
              this.#reason(error)
            }; trying again`,
        );
      }
      throw error;
    }
  }

  /** Ends the retries of {@linkcode untilAnswered}. */
  close(): void {
    this.#isClosed = true;
  }

  #notice(isAway: boolean, changes: number, message: () => string): void {
    // A call that began before the last change says nothing about the current state.
    if (isAway === this.#isAway || changes !== this.#changes) return;
    this.#isAway = isAway;
    this.#changes++;
    this.#tell(message());
  }

  #reason(error: unknown): string {
    return this.#broker.problem() ?? connectionReason(error);
  }
}

/** Whether BullMQ answered that a job doesn't exist, or that another worker has it. */
export function isRefusal(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "number" && code < 0;
}
