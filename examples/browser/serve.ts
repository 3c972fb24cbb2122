/**
 * Serves the page as a host should: with the two headers that let a page share memory
 * between threads, or without them, like many hosts.
 *
 * With `--edit`, the page's own files come from this folder, so that a reload shows
 * each edit, and all others come from `dist`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  jpg: "image/jpeg",
  wasm: "application/wasm",
  webmanifest: "application/manifest+json",
  safetensors: "application/octet-stream",
};

/** Types worth compressing. The model isn't, so that its download can be resumed. */
const COMPRESSED = /^(text\/|application\/(json|wasm|manifest))|svg/;

/** https://web.dev/articles/coop-coep */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Files with a hash in their paths. */
const FOREVER = /^\/(v-[\da-f]{16}|models)\//;

/**
 * Serves the files of `folders`; the first folder that has a file wins.
 *
 * @param isolated Whether to send the headers that allow threads.
 */
export function filesHandler(
  folders: readonly string[],
  isolated: boolean,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    // Only names that the build makes, and no paths out of the folders.
    if (!/^(\/[\w~-][\w.-]*)+$/.test(name)) return notFound();
    for (const folder of folders) {
      const file = await Deno.open(folder + name).catch(() => null);
      if (file === null) continue;
      const { isFile, size, mtime } = await file.stat();
      if (isFile) {
        const modified = mtime?.toUTCString() ?? "";
        return await answer(request, { name, file, size, modified }, {
          "cache-control": FOREVER.test(name)
            ? "public, max-age=31536000, immutable"
            : "no-cache",
          ...isolated && ISOLATION,
        });
      }
      file.close();
    }
    return notFound();
  };
}

interface ServedFile {
  readonly name: string;
  readonly file: Deno.FsFile;
  /** In bytes. */
  readonly size: number;
  readonly modified: string;
}

/** Responds with a file, or with the requested range of it. */
async function answer(
  { headers: asked }: Request,
  { name, file, size, modified }: ServedFile,
  fixed: Readonly<Record<string, string>>,
): Promise<Response> {
  if (asked.get("if-modified-since") === modified) {
    file.close();
    return new Response(null, { status: 304, headers: fixed });
  }
  const extension = name.slice(name.lastIndexOf(".") + 1);
  const type = TYPES[extension] ?? "application/octet-stream";
  const headers = new Headers({
    ...fixed,
    "content-type": type,
    "last-modified": modified,
    "accept-ranges": "bytes",
  });
  const range = asked.get("range")?.match(/^bytes=(\d+)-(\d*)$/);
  const isSame = [null, modified].includes(asked.get("if-range"));
  if (range && isSame) {
    const [start, last] = [Number(range[1]), Number(range[2] || size - 1)];
    const end = Math.min(size, last + 1);
    if (start >= end) {
      file.close();
      headers.set("content-range", `bytes */${size}`);
      return new Response(null, { status: 416, headers });
    }
    await file.seek(start, Deno.SeekMode.Start);
    headers.set("content-range", `bytes ${start}-${end - 1}/${size}`);
    headers.set("content-length", `${end - start}`);
    const body = file.readable.pipeThrough(firstBytes(end - start));
    return new Response(body, { status: 206, headers });
  }
  if (COMPRESSED.test(type)) {
    headers.set("vary", "accept-encoding");
    if (asked.get("accept-encoding")?.includes("gzip")) {
      headers.set("content-encoding", "gzip");
      const gzip = new CompressionStream("gzip");
      return new Response(file.readable.pipeThrough(gzip), { headers });
    }
  }
  headers.set("content-length", `${size}`);
  return new Response(file.readable, { headers });
}

/** Passes through the first `count` bytes, and ends. */
function firstBytes(
  count: number,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk.subarray(0, count));
      count -= Math.min(count, chunk.length);
      if (count === 0) controller.terminate();
    },
  });
}

function notFound(): Response {
  return new Response("Not found", { status: 404 });
}

/** The folder of scripts in `dist`. */
function versionFolder(dist: string): string {
  let names: string[];
  try {
    names = Array.from(Deno.readDirSync(dist), ({ name }) => name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    names = [];
  }
  const folder = names.find((name) => name.startsWith("v-"));
  if (!folder) throw new Error(`${dist} has no page: run build.ts`);
  return `${dist}/${folder}`;
}

const HELP = `\
Usage: deno run --allow-read --allow-net serve.ts [options]

Serves the page that build.ts made in dist.

Options:
  --port N        The port, or 0 for any that is free (default: 8000)
  --host ADDRESS  The address (default: 127.0.0.1)
  --edit          Take the page's own files from this folder, as they are now
  --no-isolation  Leave out the headers for threads, as many hosts do
  --help          Print this`;

/** @throws {TypeError} If an option is unknown or its value is invalid. */
function parseOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string", default: "8000" },
      host: { type: "string", default: "127.0.0.1" },
      edit: { type: "boolean", default: false },
      "no-isolation": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new TypeError(`--port must be 0 to 65535, not '${values.port}'`);
  }
  return { ...values, port };
}

/** @throws {Error} If it can't serve. */
function serve(args: readonly string[]): void {
  const { port, host, edit, help, "no-isolation": isAlone } = parseOptions(
    args,
  );
  if (help) return console.log(HELP);
  const here = fileURLToPath(new URL(".", import.meta.url));
  const dist = `${here}dist`;
  const version = versionFolder(dist);
  Deno.serve(
    { port, hostname: host },
    filesHandler(edit ? [here, version, dist] : [dist], !isAlone),
  );
}

if (import.meta.main) {
  try {
    serve(Deno.args);
  } catch (error) {
    const isUsage = error instanceof TypeError;
    console.error(error instanceof Error ? error.message : error);
    if (isUsage) console.error("See --help");
    Deno.exit(isUsage ? 2 : 1);
  }
}
