/**
 * Serves the page as it is to be hosted: with the two headers that let a page share
 * memory between threads, or without them as many hosts do.
 *
 * The page's own files come from this folder, so that a change to one of them is
 * there with the next reload; all others from `dist`.
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
  wasm: "application/wasm",
  safetensors: "application/octet-stream",
};

/** https://web.dev/articles/coop-coep */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/**
 * Answers requests for the files of `folders`; the first that has one gives it.
 *
 * @param isolated Whether the page may have threads.
 */
export function filesHandler(
  folders: readonly string[],
  isolated: boolean,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    // Names of files that were built, and no way out of the folders.
    if (!/^(\/[\w-][\w.-]*)+$/.test(name)) return notFound();
    for (const folder of folders) {
      const file = await Deno.open(folder + name).catch(() => null);
      if (file === null) continue;
      const { isFile, size, mtime } = await file.stat();
      if (!isFile) {
        file.close();
        continue;
      }
      const extension = name.slice(name.lastIndexOf(".") + 1);
      const modified = mtime?.toUTCString();
      if (request.headers.get("if-modified-since") === modified) {
        file.close();
        return new Response(null, { status: 304 });
      }
      return new Response(file.readable, {
        headers: {
          "content-type": TYPES[extension] ?? "application/octet-stream",
          "content-length": `${size}`,
          ...modified && { "last-modified": modified },
          "cache-control": "no-cache",
          ...isolated && ISOLATION,
        },
      });
    }
    return notFound();
  };
}

function notFound(): Response {
  return new Response("Not found", { status: 404 });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8000" },
      hostname: { type: "string", default: "127.0.0.1" },
      "no-isolation": { type: "boolean", default: false },
    },
  });
  const here = fileURLToPath(new URL(".", import.meta.url));
  Deno.serve(
    { port: Number(values.port), hostname: values.hostname },
    filesHandler([here, `${here}dist`], !values["no-isolation"]),
  );
}
