import type { Pixels } from "../pixels.ts";

/**
 * Starts libwebp's decoder as `@jsquash/webp` 1.5.0 has compiled it, by Emscripten.
 *
 * The package's own JavaScript seeks the module in a file, keeps its one instance
 * though it may be broken, and sets no limit to memory. So its imports are made
 * here, whose names are those of that build. This function knows nothing that stands
 * outside of it: workers are given its source.
 */
export function startLibwebp(module: WebAssembly.Module): Libwebp {
  let call: ((text: number) => number) | undefined;
  let mostBytes = 0;
  let isShort = false;
  let data: Uint8ClampedArray<ArrayBuffer> | undefined;
  let image: Pixels | null = null;

  /** Of what tells of types in C++ and counts references to values. */
  const nothing = () => {};
  const fail = () => {
    throw new Error("the decoder crashed");
  };
  const { exports } = new WebAssembly.Instance(module, {
    a: {
      a: nothing,
      b: nothing,
      /** There is a function: `decode` comes first, of two types, its result's too. */
      c(...[, , , , invoker, callee]: number[]) {
        const invoke = functions.get(invoker!);
        call ??= (text) => invoke(callee, text);
      },
      d: nothing,
      /** The globals `Uint8ClampedArray` and `ImageData`, as any number but 0 to 4. */
      e: () => 5,
      f: nothing,
      g: nothing,
      /** `new`: of a view of memory, or of that, a width and a height, 8 bytes each. */
      h(...[, count, , at]: number[]) {
        const [first, second, width, , height] = words(at!);
        if (count === 1) {
          data = new Uint8ClampedArray(memory.buffer, second, first).slice();
        } else image = { data: data!, width: width!, height: height! };
        return 5;
      },
      i: nothing,
      j: fail,
      k: nothing,
      l: nothing,
      m: nothing,
      n: fail,
      o: nothing,
      /** Grows the memory to `wanted` bytes. */
      p(wanted: number) {
        try {
          if (wanted >>> 0 <= mostBytes) {
            memory.grow(Math.ceil((wanted >>> 0) / 65536) - pages());
            return 1;
          }
        } catch { // There is no more.
        }
        isShort = true;
        return 0;
      },
      q(to: number, from: number, bytes: number) {
        new Uint8Array(memory.buffer).copyWithin(to, from, from + bytes);
      },
      r: nothing,
    },
  });
  const { s: memory, t: construct, u: malloc, v: free, y: functions } =
    // deno-lint-ignore no-explicit-any
    exports as any;
  const pages = () => memory.buffer.byteLength / 65536;
  const words = (at: number) => new Uint32Array(memory.buffer, at, 5);
  construct();

  return {
    memory,
    decode(bytes, limit) {
      mostBytes = limit;
      isShort = false;
      image = null;
      // A C++ string: its length, and its bytes.
      const text = malloc(4 + bytes.length);
      if (text !== 0) {
        words(text)[0] = bytes.length;
        new Uint8Array(memory.buffer).set(bytes, text + 4);
        call!(text);
        free(text);
      }
      if (isShort) throw new RangeError("out of memory");
      return image;
    },
  };
}

/** An instance of the decoder. */
export interface Libwebp {
  readonly memory: WebAssembly.Memory;
  /**
   * Decodes a still WebP to straight alpha.
   *
   * @param limit The bytes that the memory may grow to.
   * @returns `null` of what isn't a WebP.
   * @throws {RangeError} When it needs more, or there is no more.
   * @throws {Error} When it crashed: the instance may be broken.
   */
  decode(bytes: Uint8Array, limit: number): Pixels | null;
}
