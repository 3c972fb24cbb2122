/**
 * Random delays of responses and of calls to browsers. A test that fails with them
 * depends on timing. `TOTEM_TEST_DELAYS` is their seed; without it nothing is delayed.
 */
import type { Browser } from "playwright-core";

const SEED = Number(Deno.env.get("TOTEM_TEST_DELAYS") ?? 0);

/** The longest delays, in ms. */
const MAX_RESPONSE = 800;
const MAX_CALL = 300;

type Handler = (request: Request) => Response | Promise<Response>;

/** Delays each response of a handler. */
export function delayResponses(handle: Handler): Handler {
  if (!SEED) return handle;
  return async (request) => {
    await pause(MAX_RESPONSE);
    return await handle(request);
  };
}

/** Delays each call of an object's functions, which are asynchronous. */
export function delayCalls<T extends object>(target: T): T {
  if (!SEED) return target;
  return new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        await pause(MAX_CALL);
        return await value.apply(target, args);
      };
    },
  });
}

/** Delays each call of a browser and its pages; calls stay in order. */
export function delayBrowser(browser: Browser): Browser {
  if (!SEED) return browser;
  const { _connection } = browser as unknown as Internals;
  const send = _connection.sendMessageToServer.bind(_connection);
  let last = Promise.resolve();
  _connection.sendMessageToServer = async (...args) => {
    last = last.then(() => pause(MAX_CALL));
    await last;
    return await send(...args);
  };
  return browser;
}

/** The part of Playwright through which all calls go. */
interface Internals {
  readonly _connection: {
    sendMessageToServer(...args: readonly unknown[]): Promise<unknown>;
  };
}

let state = SEED;

/** Waits up to `most` ms. */
async function pause(most: number): Promise<void> {
  // A linear congruential generator, with the constants of Numerical Recipes.
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  const time = most * state / 2 ** 32;
  await new Promise((resolve) => setTimeout(resolve, time));
}
