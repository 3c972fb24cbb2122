/**
 * mozjpeg, as `@jsquash/jpeg` compiles it, as a reference and to make photos.
 *
 * @module
 */
import type { Pixels } from "../src/image/mod.ts";

/** Taken before `watchMemory` replaces it. */
const { Memory } = WebAssembly;

interface Mozjpeg {
  decode(bytes: Uint8Array, preserveOrientation: boolean): Pixels;
  encode(
    data: Uint8ClampedArray,
    width: number,
    height: number,
    options: unknown,
  ): Uint8Array;
}

/** Loads a decoder or encoder of `@jsquash/jpeg`, with the size of its memory. */
export async function loadMozjpeg(name: "enc/mozjpeg_enc" | "dec/mozjpeg_dec") {
  const { default: factory } = name === "enc/mozjpeg_enc"
    ? await import("@jsquash/jpeg/codec/enc/mozjpeg_enc.js")
    : await import("@jsquash/jpeg/codec/dec/mozjpeg_dec.js");
  const url = import.meta.resolve(`@jsquash/jpeg/codec/${name}.wasm`);
  const module = await WebAssembly.compile(await Deno.readFile(new URL(url)));
  let memory: WebAssembly.Memory | undefined;
  const mozjpeg: Mozjpeg =
    await (factory as unknown as (options: unknown) => Promise<Mozjpeg>)({
      noInitialRun: true,
      instantiateWasm(
        imports: WebAssembly.Imports,
        done: (instance: WebAssembly.Instance) => void,
      ) {
        const instance = new WebAssembly.Instance(module, imports);
        memory = Object.values(instance.exports).find((it) =>
          it instanceof Memory
        );
        done(instance);
        return instance.exports;
      },
    });
  return { mozjpeg, memoryBytes: () => memory?.buffer.byteLength ?? NaN };
}

/** Encodes a photo as cameras do: 4:2:0, with optimized tables. */
export async function encodeJpeg(
  { data, width, height }: Pixels,
  { quality, progressive = false }: {
    readonly quality: number;
    readonly progressive?: boolean;
  },
): Promise<Uint8Array> {
  const { mozjpeg } = await loadMozjpeg("enc/mozjpeg_enc");
  const pixels = new Uint8ClampedArray(data);
  return mozjpeg.encode(pixels, width, height, {
    quality,
    baseline: false,
    arithmetic: false,
    progressive,
    optimize_coding: true,
    smoothing: 0,
    color_space: 3,
    quant_table: 3,
    trellis_multipass: false,
    trellis_opt_zero: false,
    trellis_opt_table: false,
    trellis_loops: 1,
    auto_subsample: true,
    chroma_subsample: 2,
    separate_chroma_quality: false,
    chroma_quality: 75,
  }).slice();
}
