import type { ImageFormat } from "../header.ts";
import type { Pixels } from "../pixels.ts";
import type { Codec } from "./codec.ts";
import { codecModule } from "./wasm_module.ts";

/** What the `@jsquash` packages built with Emscripten export. */
export type EmscriptenFactory<Decoder> = (
  options: EmscriptenOptions,
) => Promise<Decoder>;

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
 * Makes a fresh instance of an Emscripten codec that prints nothing: what it
 * would print becomes the text of its error.
 *
 * The packages' own `decode.js` holds its instance in module state that a crash
 * would poison, so it's passed by.
 */
export async function loadEmscripten<Decoder>(
  format: ImageFormat,
  factory: EmscriptenFactory<Decoder>,
  decode: (decoder: Decoder, bytes: Uint8Array) => Pixels | null,
): Promise<Codec> {
  const module = await codecModule(format);
  let complaint: string | undefined;
  const decoder = await factory({
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
      image = decode(decoder, bytes);
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
