/**
 * Debian's Chromium, driven by playwright-core.
 *
 * Playwright looks at the whole machine to find out where it runs, so these tests
 * have all permissions and a command of their own: `deno task test-long`.
 */
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { filesHandler } from "../../../examples/browser/serve.ts";
import { delayBrowser, delayResponses } from "./delays.ts";
import { TIMEOUT, until } from "./engine_page.ts";
import { readShown, type Shown } from "./in_page.ts";

const PATH = "/usr/bin/chromium";

/** Whether it is installed. */
export const CHROMIUM: boolean = await Deno.stat(PATH)
  .then(() => true, () => false);

/** A host name that isn't localhost, so that pages on it aren't a secure context. */
export const INSECURE_HOST = "totem.test";

/**
 * Features that tests don't need. Setting this list overrides Playwright's own, so it
 * includes Playwright's names.
 */
const DISABLED_FEATURES = [
  // Each window loads two pages for the address bar, whose scripts take as long as
  // ours.
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  // Pages without TLS must stay without it.
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "PaintHolding",
  "ThirdPartyStoragePartitioning",
  "AvoidCorsURLLoaderRestartOnRedirect",
  // Features that send requests on their own.
  "LensOverlay",
  "MediaRouter",
  "OptimizationHints",
  "NetworkTimeServiceQuerying",
  "AimEnabled",
  "PreconnectToSearch",
];

/** Starts it with an emulated GPU and a synthetic camera. */
export async function launchChromium(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: PATH,
    timeout: TIMEOUT,
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--disable-features=${DISABLED_FEATURES.join()}`,
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      "--use-fake-device-for-media-stream",
      `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`,
    ],
  });
  return delayBrowser(browser);
}

/** Registers a test that is skipped with a message where Chromium is absent. */
export function pageTest(name: string, run: () => Promise<void>): void {
  Deno.test({
    name: CHROMIUM ? name : `${name} (skipped: Chromium is absent)`,
    ignore: !CHROMIUM,
    fn: run,
  });
}

/** A visit to the page in a new browser context; disposing ends it. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /**
   * The paths that the page and its workers have requested. Those of unmodified cached
   * files end in ` unchanged`.
   */
  readonly requests: readonly string[];
}

/** The options of a visit. */
export interface VisitOptions {
  /** Whether it is served with the headers that allow threads; true by default. */
  readonly isolated?: boolean;
  /** The host name of its URL. */
  readonly host?: string;
  /** When the visit has begun: when the page has loaded, or its HTML starts to come. */
  readonly until?: "load" | "commit";
  /** The window, the colours, and so on. */
  readonly context?: BrowserContextOptions;
  /** Additional headers of all responses. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Prepares the empty page, before it goes to `address`. */
  readonly prepare?: (page: Page, address: string) => Promise<unknown>;
  /** Handles requests instead of the server; `serve` returns the server's response. */
  readonly intercept?: (
    request: Request,
    serve: () => Promise<Response>,
  ) => Response | Promise<Response>;
}

/** Serves the page in `folder` and visits it. */
export async function visit(
  browser: Browser,
  folder: string,
  {
    isolated = true,
    host = "127.0.0.1",
    until = "load",
    context: options = {},
    headers = {},
    prepare = async () => {},
    intercept = (_, serve) => serve(),
  }: VisitOptions = {},
): Promise<Visit> {
  const files = filesHandler([folder], isolated);
  const requests: string[] = [];
  const end = new AbortController();
  const server = Deno.serve(
    {
      port: 0,
      hostname: "127.0.0.1",
      signal: end.signal,
      onListen() {},
      onError: gone,
    },
    delayResponses(async (request) => {
      const { pathname } = new URL(request.url);
      const response = await intercept(request, () => files(request));
      for (const [name, value] of Object.entries(headers)) {
        response.headers.set(name, value);
      }
      requests.push(pathname + (response.status === 304 ? " unchanged" : ""));
      return response;
    }),
  );
  const context = await browser.newContext(options);
  context.setDefaultTimeout(TIMEOUT);
  const page = await context.newPage();
  const address = `http://${host}:${server.addr.port}/`;
  await prepare(page, address);
  await page.goto(address, { waitUntil: until });
  return {
    page,
    requests,
    async [Symbol.asyncDispose]() {
      await context.close();
      end.abort(); // Pending requests don't matter any more.
      await server.finished;
    },
  };
}

/** The path of a URL. */
export function pathOf(url: string): string {
  const { pathname } = new URL(url);
  return pathname;
}

/** The response if a handler throws. */
function gone(): Response {
  return new Response("gone", { status: 500 });
}

/**
 * The status line for the answer to a single photo; uncertain answers are marked as
 * such.
 */
export const ANSWER = /^(Not sure\. Perhaps )?.+, [<>]?[\d.]+%$/;

/**
 * Waits until the page's status or problem matches and its photo is on display, and
 * returns the page's content at that time.
 *
 * @param timeout In ms.
 */
export async function shown(
  page: Page,
  words: RegExp,
  timeout: number = TIMEOUT,
): Promise<Shown> {
  return await until(
    () => page.evaluate(readShown),
    ({ status, problem, isSettled }) =>
      isSettled && (words.test(status) || words.test(problem)),
    timeout,
  );
}

/**
 * Opens the settings and selects one by its value, in one go: an answer that comes
 * meanwhile would move them away from the pointer.
 */
export async function choose(
  page: Page,
  kind: "backend" | "variant" | "model",
  value: string,
): Promise<void> {
  await page.evaluate(
    (setting) => {
      const engine = document.querySelector<HTMLDetailsElement>("#engine")!;
      if (!engine.open) engine.querySelector("summary")!.click();
      document.querySelector<HTMLElement>(setting)!.click();
    },
    `input[name="${kind}"][value="${value}"]`,
  );
}

/** Selects photos by path. */
export async function givePhotos(
  page: Page,
  photos: Parameters<Page["setInputFiles"]>[1],
): Promise<void> {
  await page.locator("#file").setInputFiles(photos);
}
