/**
 * Debian's Chromium, driven by playwright-core.
 *
 * Playwright looks at the whole machine to find out where it runs, so these tests
 * have all permissions and a command of their own: `deno task test-long`.
 */
import { type Browser, chromium, type Page } from "playwright-core";
import { filesHandler } from "../../../examples/browser/serve.ts";

const PATH = "/usr/bin/chromium";

/** Whether it is here. */
export const CHROMIUM: boolean = await Deno.stat(PATH)
  .then(() => true, () => false);

/** In ms, for machines that are busy with other tests. */
const TIMEOUT = 60_000;

/** A name that isn't this machine's, so that a page on it isn't secure. */
export const INSECURE_HOST = "totem.test";

/** Starts it, with a GPU that the processor emulates. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({
    executablePath: PATH,
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`,
    ],
  });
}

/** Registers a test that is skipped with a message where Chromium is absent. */
export function pageTest(name: string, run: () => Promise<void>): void {
  Deno.test({
    name: CHROMIUM ? name : `${name} (skipped: Chromium is absent)`,
    ignore: !CHROMIUM,
    fn: run,
  });
}

/** A visit to a page that knows nothing of earlier ones; disposing ends it. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /**
   * The paths that the page and its workers have asked for, with ` unchanged` behind
   * those of files that they have already.
   */
  readonly requests: readonly string[];
}

/** How a page is visited. */
export interface VisitOptions {
  /** Whether it is served so that it may have threads; it is unless given. */
  readonly isolated?: boolean;
  /** The name that it is visited by. */
  readonly host?: string;
  /** Whether the model's file is out of reach. */
  readonly noModel?: boolean;
}

/** Serves the page in `folder` and visits it. */
export async function visit(
  browser: Browser,
  folder: string,
  { isolated = true, host = "127.0.0.1", noModel = false }: VisitOptions = {},
): Promise<Visit> {
  const files = filesHandler([folder], isolated);
  const requests: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const response = noModel && pathname.endsWith(".safetensors")
        ? new Response("Not here", { status: 404 })
        : await files(request);
      requests.push(pathname + (response.status === 304 ? " unchanged" : ""));
      return response;
    },
  );
  const context = await browser.newContext();
  context.setDefaultTimeout(TIMEOUT);
  const page = await context.newPage();
  await page.goto(`http://${host}:${server.addr.port}/`);
  return {
    page,
    requests,
    async [Symbol.asyncDispose]() {
      await context.close();
      await server.shutdown();
    },
  };
}

/** What the page shows when it has settled. */
export interface Shown {
  readonly status: string;
  readonly problem: string;
  /** The classes, as the package gives them but for their index. */
  readonly classes: readonly {
    readonly label: string;
    readonly probability: number;
  }[];
  /** What is told of the answer and the machine, by its name. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Waits until the page's status or problem matches, and gives all it shows. */
export async function shown(page: Page, until: RegExp): Promise<Shown> {
  await page.getByText(until).first().waitFor();
  const texts = (selector: string) => page.locator(selector).allTextContents();
  const [names, values] = [await texts("dt"), await texts("dd")];
  return {
    status: await page.getByRole("status").textContent() ?? "",
    problem: await page.getByRole("alert").textContent() ?? "",
    classes: await page.locator("#classes li").evaluateAll((items) =>
      items.map((item) => ({
        label: item.querySelector("span")!.textContent,
        probability: Number(item.querySelector("data")!.value),
      }))
    ),
    facts: Object.fromEntries(names.map((it, i) => [it, values[i]!])),
  };
}

/** Empties the status, so that what is waited for next isn't what was there. */
export async function forget(page: Page): Promise<void> {
  await page.getByRole("status").evaluate((it) => it.textContent = "");
}
