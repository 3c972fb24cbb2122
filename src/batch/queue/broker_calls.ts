import { delay } from "../../async/delay.ts";
import { withTimeout } from "../../async/timeout.ts";
import type { Broker, Tell } from "./broker.ts";
import { connectionReason, QueueError } from "./queue_error.ts";

/** How long one answer may take, in ms. */
const LONGEST_ANSWER = 10_000;
/** How often a command calls a broker that is away. */
const TRIES = 30;
/** The pause before another try, in ms. */
const PAUSE = 1000;

/** Calls a broker that may be away, and tells when it goes away and when it is back. */
export class BrokerCalls {
  readonly #broker: Pick<Broker, "problem">;
  readonly #shown: string;
  readonly #tell: Tell;
  #isAway = false;
  #isClosed = false;

  /** @param shown The broker's address without secrets. */
  constructor(broker: Pick<Broker, "problem">, shown: string, tell: Tell) {
    this.#broker = broker;
    this.#shown = shown;
    this.#tell = tell;
  }

  /**
   * Calls the broker, and tries again for half a minute while it is away.
   *
   * @throws {QueueError} When it stays away, or refuses.
   */
  async untilAnswered<T>(call: () => Promise<T>): Promise<T> {
    for (let tries = 1;; tries++) {
      try {
        return await this.once(call);
      } catch (cause) {
        if (tries >= TRIES || this.#isClosed || isRefusal(cause)) {
          throw new QueueError(
            `Cannot use the queue at ${this.#shown}: ${this.#reason(cause)}`,
            { cause },
          );
        }
        await delay(PAUSE, undefined);
      }
    }
  }

  /** Calls the broker. Rejects with the error of the connection when it is away. */
  async once<T>(call: () => Promise<T>): Promise<T> {
    const wasAway = this.#isAway;
    try {
      const answer = await withTimeout(
        LONGEST_ANSWER,
        call(),
        () => new QueueError(`no answer within ${LONGEST_ANSWER / 1000} s`),
      );
      if (wasAway && this.#isAway) {
        this.#tell(`${this.#shown} can be used again`);
      }
      this.#isAway = false;
      return answer;
    } catch (error) {
      if (isRefusal(error)) throw error;
      if (!this.#isAway) {
        this.#tell(
          `${this.#shown} can't be used now: ${
            this.#reason(error)
          }; trying again`,
        );
      }
      this.#isAway = true;
      throw error;
    }
  }

  /** Ends the tries of {@linkcode untilAnswered}. */
  close(): void {
    this.#isClosed = true;
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
