/**
 * The files of the built page, and the purpose of each.
 *
 * @module
 */

/**
 * The purpose of a file. `"decoders"` load with photos, the code that explains answers
 * included; `"other"` loads on demand, such as tfjs.
 */
export type Purpose = typeof PURPOSES[number];
export const PURPOSES = [
  "page",
  "kernels",
  "gpu",
  "decoders",
  "icons",
  "samples",
  "other",
  "model",
] as const;

/** A file of the page. */
export interface BuiltFile {
  /** Its path in the build folder, such as `v-0123456789abcdef/app.js`. */
  readonly name: string;
  readonly purpose: Purpose;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Chunks of the bundle, by module name. */
const KERNELS = ["relaxed", "relaxed_threads", "plain", "plain_threads"];
/** Chunks for WebGPU. */
const GPU = ["gpu"];
/**
 * Chunks that are rarely needed: the AVIF decoder, which is larger than all other
 * decoders together, tfjs, whose modules are called `dist`, and importers of foreign
 * files.
 */
const ON_DEMAND = [
  "avif",
  "dist",
  "importers",
  "known_quantized",
  "tfjs_session",
];

/**
 * Reads all files in the folder `out` and determines their purposes; those of chunks
 * depend on which module imports them, and when.
 *
 * @param version The subfolder with the page's scripts.
 */
export async function readFiles(
  out: string,
  version: string,
): Promise<readonly BuiltFile[]> {
  const names = listFiles(out);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const name of names) {
    files.set(name, await Deno.readFile(`${out}/${name}`));
  }
  const purposes = new Map<string, Purpose>();
  /** A module's static imports have the same purpose. */
  const mark = (name: string, purpose: Purpose) => {
    if (purposes.has(name)) return;
    purposes.set(name, purpose);
    if (!name.endsWith(".js")) return;
    const text = new TextDecoder().decode(files.get(name));
    for (
      const [, imported] of text.matchAll(
        /(?:from|import)\s*["']\.\/(.+?)["']/g,
      )
    ) {
      mark(`${version}/${imported!}`, purpose);
    }
  };
  const isPart = (name: string) => name.match(/\/([^/]+)-[a-z\d]{8}\.js$/)?.[1];
  for (const name of names) {
    if (name.startsWith("models/")) mark(name, "model");
    else if (name.startsWith("samples/")) mark(name, "samples");
    else if (/^icon|webmanifest$/.test(name)) mark(name, "icons");
    else if (/\/(tfjs|heic)\//.test(name)) mark(name, "other");
    else if (isPart(name) === undefined) mark(name, "page");
  }
  for (const name of names) {
    const part = isPart(name);
    if (part === undefined || part === "chunk") continue;
    if (KERNELS.includes(part)) mark(name, "kernels");
    else if (GPU.includes(part)) mark(name, "gpu");
    else if (!ON_DEMAND.includes(part)) mark(name, "decoders");
  }
  return Array.from(files, ([name, bytes]) => ({
    name,
    bytes,
    purpose: purposes.get(name) ?? "other",
  }));
}

/** The paths of all files in a folder, recursively. */
function listFiles(folder: string, prefix = ""): string[] {
  return Deno.readDirSync(`${folder}/${prefix}`).toArray().flatMap(
    ({ name, isFile }) =>
      isFile ? [prefix + name] : listFiles(folder, `${prefix}${name}/`),
  ).sort();
}

/** The SHA-256 hash in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}

/** The size that a compressing server sends, in bytes. */
export async function compressedSize(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<number> {
  const stream = new Blob([bytes]).stream();
  const gzip = stream.pipeThrough(new CompressionStream("gzip"));
  return (await new Response(gzip).arrayBuffer()).byteLength;
}
