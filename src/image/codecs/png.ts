import type { Pixels } from "../pixels.ts";
import { type Codec, keepCodec } from "./codec.ts";
import { codecModule } from "./wasm_module.ts";

/**
 * Decodes a PNG of any kind with Rust's `png` crate: to 8 bits (the upper ones
 * of 16), the palette looked up, straight alpha. An animation gives its default
 * image. Colour profiles and gamma aren't applied.
 */
export const decodePng: (
  bytes: Uint8Array,
  pixels: number,
) => Promise<Pixels> = keepCodec("png", loadPng);

interface PngExports {
  readonly memory: WebAssembly.Memory;
  __wbindgen_malloc(bytes: number, align: number): number;
  __wbindgen_free(pointer: number, bytes: number, align: number): void;
  decode(pointer: number, bytes: number): number;
}

interface PngLoader {
  (module: WebAssembly.Module | undefined): Promise<unknown>;
  /** What wasm-bindgen's loader leaves on itself: the compiled module. */
  readonly __wbindgen_wasm_module: WebAssembly.Module;
}

/**
 * Makes a fresh instance of the codec.
 *
 * The package's JavaScript finds and compiles the WASM file, but it can't
 * replace its one instance, and a damaged file leaves that one panicked, its
 * stack not unwound. So the instance is made here, with the few imports that
 * `decode` calls; their names end in hashes that change with every build.
 */
async function loadPng(): Promise<Codec> {
  const loader = (await import("@jsquash/png/codec/pkg/squoosh_png.js"))
    .default as unknown as PngLoader;
  await loader(await codecModule("png"));
  const module = loader.__wbindgen_wasm_module;

  let image: Pixels | undefined;
  const takeImageData = (
    pointer: number,
    length: number,
    width: number,
    height: number,
  ): number => {
    const start = pointer >>> 0;
    const data = new Uint8ClampedArray(
      codec.memory.buffer.slice(start, start + length),
    );
    codec.__wbindgen_free(pointer, length, 1);
    image = { data, width, height };
    return 0;
  };
  const throwText = (pointer: number, length: number): never => {
    const text = new Uint8Array(codec.memory.buffer, pointer >>> 0, length);
    throw new Error(new TextDecoder().decode(text));
  };
  const unused = (): number => 0;

  const imports: Record<string, WebAssembly.ImportValue> = {};
  for (const { name } of WebAssembly.Module.imports(module)) {
    if (name.startsWith("__wbg_newwithownedu8clampedarray")) {
      imports[name] = takeImageData;
    } else {
      imports[name] = name === "__wbindgen_throw" ? throwText : unused;
    }
  }
  const instance = await WebAssembly.instantiate(module, { wbg: imports });
  const codec = instance.exports as unknown as PngExports;

  return (bytes) => {
    const pointer = codec.__wbindgen_malloc(bytes.length, 1) >>> 0;
    new Uint8Array(codec.memory.buffer, pointer).set(bytes);
    image = undefined;
    let cause: unknown;
    try {
      codec.decode(pointer, bytes.length); // Frees the bytes by itself.
    } catch (panic) {
      cause = panic;
    }
    const decoded = image as Pixels | undefined;
    image = undefined;
    if (decoded !== undefined) return decoded;
    // The decoder doesn't tell which chunk it was.
    throw new Error("a chunk is invalid", { cause });
  };
}
