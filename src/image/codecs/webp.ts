import type { Pixels } from "../pixels.ts";
import { type Codec, keepCodec } from "./codec.ts";
import { webpModule } from "./wasm_module.ts";

/** Decodes a still WebP with libwebp, to straight alpha. */
export const decodeWebp: (
  bytes: Uint8Array,
  pixels: number,
) => Promise<Pixels> = keepCodec("webp", loadLibwebp);

interface WebpDecoder {
  decode(bytes: Uint8Array): Pixels | null;
}

/** What the package, which is built with Emscripten, exports. */
type EmscriptenFactory = (options: EmscriptenOptions) => Promise<WebpDecoder>;

/** The part of Emscripten's module options that is used here. */
interface EmscriptenOptions {
  readonly noInitialRun: true;
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
  readonly instantiateWasm?: (
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;
}

/**
 * Makes a fresh instance that prints nothing: what it would print becomes the
 * text of its error.
 *
 * The package's own `decode.js` holds its instance in module state that a crash
 * would poison, so it's passed by.
 */
async function loadLibwebp(): Promise<Codec> {
  const { default: factory } = await import(
    "@jsquash/webp/codec/dec/webp_dec.js"
  );
  const module = await webpModule();
  let complaint: string | undefined;
  const decoder = await (factory as unknown as EmscriptenFactory)({
    noInitialRun: true,
    print: () => {},
    printErr: (line) => complaint = line,
    ...(module && {
      instantiateWasm: (imports, done) => {
        const instance = new WebAssembly.Instance(module, imports);
        done(instance);
        return instance.exports;
      },
    }),
  });
  return (bytes) => {
    complaint = undefined;
    let image: Pixels | null = null;
    let cause: unknown;
    try {
      image = decoder.decode(bytes);
    } catch (error) {
      cause = error;
    }
    if (image === null) {
      throw new Error(complaint ?? "the bitstream is invalid", { cause });
    }
    // An `ImageData`, whose properties a spread or a comparison doesn't see.
    return { data: image.data, width: image.width, height: image.height };
  };
}
