/**
 * Runs jobs in pages, each in a fresh Chromium.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { filesHandler } from "../../examples/browser/serve.ts";
import { DIST } from "./dist.ts";
import type { Job, Outcome } from "./measure.ts";
import { peakMemory } from "./peak_memory.ts";
import type { Measured } from "./run_process.ts";

/** Debian's path. */
const CHROMIUM = "/usr/bin/chromium";

const FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** WebGPU on a GPU, or emulated by the processor. */
const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** Enables 256-bit vectors; this is the flag's name in Chromium 156. */
const WIDE = ["--js-flags=--wasm-revectorize"];

/** Files of the page that don't belong to its contestant. */
const OURS = /^\/$|^\/dist\/(page\/page_main\.js|photos\.rgba)$/;

/** The page's folder, and those of packages with scoped names. */
const FOLDERS = [
  fileURLToPath(new URL(".", import.meta.url)),
  `${DIST}/node_modules/@litertjs`,
  `${DIST}/node_modules/@tensorflow`,
];

/** The measurements in a page. */
export interface MeasuredInPage extends Measured {
  /** Bytes of all files that the contestant requested, as a server sends them. */
  readonly downloadBytes: number;
}

/** The version of Chromium; undefined if it isn't installed. */
export async function chromiumVersion(): Promise<string | undefined> {
  if (!await Deno.stat(CHROMIUM).catch(() => null)) return undefined;
  const browser = await launch([]);
  const version = browser.version();
  await browser.close();
  return version;
}

/**
 * Runs a job in a page that may use threads. Its URLs are paths on the server.
 *
 * @param timeout In ms.
 * @throws {Error} If the job fails, with the reason that the page reports.
 */
export async function runPage(
  job: Job,
  timeout: number,
): Promise<MeasuredInPage> {
  const onGpu = job.contestant.on === "webgpu";
  const files = filesHandler(FOLDERS, true);
  const asked = new Set<string>();
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) => {
      asked.add(new URL(request.url).pathname);
      return files(request);
    },
  );
  const isWide = job.contestant.kernels === "wide";
  const browser = await launch(onGpu ? WEBGPU : isWide ? WIDE : []);
  let late = false;
  const tooLate = setTimeout(() => {
    late = true;
    browser.close();
  }, timeout);
  try {
    const page = await browser.newPage();
    const origin = `http://127.0.0.1:${server.addr.port}`;
    await page.goto(origin);
    const outcome = await page.evaluate(
      (job) =>
        (globalThis as unknown as {
          measureInPage(job: Job): Promise<Outcome>;
        }).measureInPage(job),
      {
        ...job,
        model: `${origin}${job.model}`,
        photos: `${origin}${job.photos}`,
      },
    );
    if ("error" in outcome) throw new Error(outcome.error);
    return {
      ...outcome,
      peakBytes: await peakMemoryOf(browser, onGpu),
      downloadBytes: await downloadSize(asked),
    };
  } catch (error) {
    throw late ? new Error(`it isn't done within ${timeout / 1000} s`) : error;
  } finally {
    clearTimeout(tooLate);
    await browser.close();
  }
}

function launch(flags: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [...FLAGS, ...flags],
  });
}

/** Peak memory of the page's process, plus that of the GPU process if it is used. */
async function peakMemoryOf(browser: Browser, onGpu: boolean): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const peak = async (type: string) => {
    const processes = processInfo.filter((it) => it.type === type);
    const peaks = processes.map(({ id }) => peakMemory(id));
    return Math.max(...await Promise.all(peaks));
  };
  return await peak("renderer") + (onGpu ? await peak("GPU") : 0);
}

/** Sizes by path: many contestants request the same files. */
const sizes = new Map<string, number>();

/** The bytes to transfer: servers compress code, but not weights. */
async function downloadSize(paths: Iterable<string>): Promise<number> {
  const files = filesHandler(FOLDERS, true);
  let sum = 0;
  for (const path of paths) {
    if (OURS.test(path)) continue;
    let size = sizes.get(path);
    if (size === undefined) {
      const { ok, body } = await files(new Request(`http://localhost${path}`));
      const sent = /\.(m?js|wasm|json)$/.test(path)
        ? body!.pipeThrough(new CompressionStream("gzip"))
        : body;
      const bytes = await new Response(sent).arrayBuffer();
      size = ok ? bytes.byteLength : 0;
      sizes.set(path, size);
    }
    sum += size;
  }
  return sum;
}
