import { assertArgument } from "../argument.ts";
import { classOf } from "../io/bytes.ts";
import { isCloudflareWorker } from "./environment.ts";

/** Compiled modules, by the names of their files in `./wasm`. */
export interface WasmModules {
  /** The int8 kernels on one thread: of `relaxed.wasm`. */
  readonly relaxed?: WebAssembly.Module | undefined;
  /** The same for runtimes without relaxed SIMD. */
  readonly plain?: WebAssembly.Module | undefined;
  /** The int8 kernels on several threads. */
  readonly relaxed_threads?: WebAssembly.Module | undefined;
  /** The same for runtimes without relaxed SIMD. */
  readonly plain_threads?: WebAssembly.Module | undefined;
  /** The decoder of JPEG. */
  readonly jpeg?: WebAssembly.Module | undefined;
  /** The decoder of PNG. */
  readonly png?: WebAssembly.Module | undefined;
  /** The decoder of WebP. */
  readonly webp?: WebAssembly.Module | undefined;
  /** The decoder of AVIF. */
  readonly avif?: WebAssembly.Module | undefined;
  /** The decoder of HEIC: `libheif-wasm/libheif.wasm` of `libheif-js` 1.23.2. */
  readonly heic?: WebAssembly.Module | undefined;
  /** The kernels of the search. */
  readonly search_relaxed?: WebAssembly.Module | undefined;
  /** The same for runtimes without relaxed SIMD. */
  readonly search_plain?: WebAssembly.Module | undefined;
}

export type WasmModuleName = keyof WasmModules;

/** An export that identifies a kind of module, to detect a wrong module. */
const MARKS: Readonly<Record<WasmModuleName, string>> = {
  relaxed: "run",
  plain: "run",
  relaxed_threads: "serve",
  plain_threads: "serve",
  jpeg: "decodeRow",
  png: "readRow",
  webp: "z", // Emscripten's name for it.
  avif: "F",
  heic: "mh",
  search_relaxed: "scan",
  search_plain: "scan",
};

/** Replaced on each change, so that caches detect it. */
let handedIn: WasmModules = {};

/**
 * Sets compiled WebAssembly modules, for runtimes that can't compile WebAssembly from
 * bytes, such as Cloudflare Workers. Other runtimes don't need it, as the modules are
 * embedded in the code. Models and decoders that are opened later use them.
 *
 * @param modules The modules to set; a value of `undefined` removes one.
 * @throws {ArgumentError} When a name is unknown, or a value isn't the module of that
 * name. Then none is set.
 *
 * @example In a Cloudflare Worker
 * ```ts ignore needs a bundler
 * import { setWasmModules } from "@totem/inception/int8";
 * import jpeg from "@totem/inception/wasm/jpeg.wasm";
 * import relaxed from "@totem/inception/wasm/relaxed.wasm";
 *
 * setWasmModules({ relaxed, jpeg });
 * ```
 */
export function setWasmModules(modules: WasmModules): void {
  const cannot = "hand in WebAssembly modules";
  assertArgument(
    classOf(modules) === "Object",
    `${cannot} as they must be an object of modules by their names`,
    modules,
  );
  for (const [name, module] of Object.entries(modules)) {
    assertArgument(
      Object.hasOwn(MARKS, name),
      `${cannot} as each name must be one of ${Object.keys(MARKS).join(", ")}`,
      name,
    );
    assertArgument(
      module === undefined || isModuleOf(name as WasmModuleName, module),
      `${cannot} as ${name} must be the WebAssembly.Module of ${name}.wasm`,
      module,
    );
  }
  handedIn = { ...handedIn, ...modules };
}

function isModuleOf(name: WasmModuleName, module: unknown): boolean {
  if (classOf(module) !== "WebAssembly.Module") return false;
  const exported = WebAssembly.Module.exports(module as WebAssembly.Module)
    .map((it) => it.name);
  // The kernels for threads export everything that the single-threaded ones do.
  return exported.includes(MARKS[name]) &&
    (MARKS[name] !== "run" || !exported.includes("serve"));
}

/** Caches the result of `make` until it fails or other modules are set. */
export function cacheByModules<T>(make: () => Promise<T>): () => Promise<T> {
  let kept: { from: WasmModules; made: Promise<T> } | undefined;
  return () => {
    if (kept?.from === handedIn) return kept.made;
    const now = kept = { from: handedIn, made: make() };
    now.made.catch(() => {
      if (kept === now) kept = undefined;
    });
    return now.made;
  };
}

/** Returns `names`, with those of modules that were set first. */
export function handedInFirst<N extends WasmModuleName>(
  names: readonly N[],
): readonly N[] {
  const rank = (name: N) => handedIn[name] === undefined ? 1 : 0;
  return [...names].sort((a, b) => rank(a) - rank(b));
}

/** Whether the module was set with {@linkcode setWasmModules}. */
export function isHandedIn(name: WasmModuleName): boolean {
  return handedIn[name] !== undefined;
}

/** Loads an embedded module, which is in a separate chunk. */
export type LoadEmbedded = () => Promise<Embedded>;

/** An embedded module as base64, deflated if large; or the bytes of another module. */
type Embedded =
  | { readonly BASE64: string }
  | { readonly DEFLATED_BASE64: string }
  | { readonly bytes: Uint8Array<ArrayBuffer> };

const compiled = new Map<WasmModuleName, Promise<WebAssembly.Module>>();

/**
 * The module that was set, or else the embedded one, compiled once. If the bundle's
 * loader or the compiler fails, the next call tries again.
 */
export async function wasmModule(
  name: WasmModuleName,
  load: LoadEmbedded,
): Promise<WebAssembly.Module> {
  const given = handedIn[name];
  if (given !== undefined) return given;
  let own = compiled.get(name);
  if (own === undefined) {
    own = embeddedBytes(load).then((bytes) => WebAssembly.compile(bytes));
    compiled.set(name, own);
    own.catch(() => compiled.delete(name));
  }
  return await own;
}

/** Advice for an error's text after {@linkcode wasmModule} throws `cause`. */
export function handInHint(name: WasmModuleName, cause: unknown): string {
  if (/\bCSP\b|Content Security|unsafe-eval/.test(`${cause}`)) {
    return "the page's Content-Security-Policy must allow 'wasm-unsafe-eval' in script-src";
  }
  if (name === "avif" && isCloudflareWorker()) {
    return "a Cloudflare Worker has too little memory for it, as it takes 40 MB for a megapixel and gives them back late";
  }
  return `where WebAssembly isn't compiled from bytes, hand it in with setWasmModules({ ${name} })`;
}

/** The bytes of an embedded module. */
export async function embeddedBytes(
  load: LoadEmbedded,
): Promise<Uint8Array<ArrayBuffer>> {
  const embedded = await load();
  if ("bytes" in embedded) return embedded.bytes;
  if ("BASE64" in embedded) return fromBase64(embedded.BASE64);
  const deflated = new Blob([fromBase64(embedded.DEFLATED_BASE64)]).stream();
  const inflated = deflated.pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}

// The loop is for runtimes before 2025. `Uint8Array.from` with a function would take 7 ms
// and 2 MB for 14 KB of code.
function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  const bytesClass = Uint8Array as unknown as {
    fromBase64?(base64: string): Uint8Array<ArrayBuffer>;
  };
  if (bytesClass.fromBase64) return bytesClass.fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
