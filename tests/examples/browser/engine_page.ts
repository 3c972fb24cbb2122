import { delayCalls } from "./delays.ts";

/**
 * A page in a browser as its vendor builds it, which Playwright can't drive: Firefox
 * over WebDriver BiDi, WebKitGTK over WebDriver.
 */
export interface EnginePage extends AsyncDisposable {
  open(address: string): Promise<void>;
  reload(): Promise<void>;
  /**
   * Runs a function in the page and returns its result.
   *
   * @param run Its source is sent, so it must not refer to anything outside.
   * @param values Its arguments, sent as JSON.
   */
  evaluate<In extends unknown[], Out>(
    run: (...values: In) => Out,
    ...values: In
  ): Promise<Awaited<Out>>;
  /** Chooses a file in the input that a selector finds. */
  chooseFile(selector: string, path: string): Promise<void>;
}

/** A browser, which may be installed or not. */
export interface Engine {
  readonly name: string;
  /** Debian's packages with the browser. */
  readonly packages: string;
  readonly isInstalled: boolean;
  /** Starts it with an empty profile; disposing the page ends the browser. */
  launch(): Promise<EnginePage>;
}

/** In ms, for machines that are busy with other tests. */
export const TIMEOUT = 120_000;

/**
 * Registers a test that is skipped with a message if the browser is missing. The
 * browser, whose start takes seconds, is started once for all steps.
 *
 * @param steps Functions by their names. Each opens its own page.
 */
export function engineTest(
  { name, isInstalled, packages, launch }: Engine,
  steps: Readonly<Record<string, (page: EnginePage) => Promise<void>>>,
): void {
  Deno.test({
    name: isInstalled ? name : `${name} (skipped: install ${packages})`,
    ignore: !isInstalled,
    async fn(test) {
      await using page = delayCalls(await launch());
      for (const [step, run] of Object.entries(steps)) {
        await test.step(step, () => run(page));
      }
    },
  });
}

/**
 * The first result of `read` that satisfies `isWanted`.
 *
 * @param timeout In ms.
 */
export async function until<T>(
  read: () => Promise<T>,
  isWanted: (it: T) => boolean,
  timeout: number = TIMEOUT,
): Promise<T> {
  const end = performance.now() + timeout;
  while (true) {
    const it = await read();
    if (isWanted(it)) return it;
    if (performance.now() > end) {
      throw new Error(`Still ${JSON.stringify(it)} after ${timeout} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Whether a file exists. */
export function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/** The source of an expression that evaluates to the JSON of `run`'s result. */
export function sourceOf(
  run: (...values: never[]) => unknown,
  values: readonly unknown[],
): string {
  const list = JSON.stringify(values);
  return `(async () => JSON.stringify(await (${run})(...${list})) ?? "null")()`;
}
