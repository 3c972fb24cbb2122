import type { BoundedMemory } from "../bounded_memory.ts";
import type { ImageDecoder } from "../decoder_worker.ts";

/**
 * Starts libwebp's decoder as Emscripten compiled it for `@jsquash/webp` 1.5.0.
 *
 * The package's own JavaScript loads the module from a file, keeps its one instance
 * even if it is broken, and doesn't limit memory. So this function provides the
 * imports, under the names of that build. It must not refer to anything outside itself,
 * as workers run its source.
 */
export function startLibwebp(
  module: WebAssembly.Module,
  bounded: BoundedMemory,
  given?: WebAssembly.Memory,
): ImageDecoder {
  let call: ((text: number) => number) | undefined;
  let size: { readonly width: number; readonly height: number } | null = null;

  /** For imports that describe C++ types and count references. */
  const nothing = () => {};
  const fail = () => {
    throw new Error("the decoder crashed");
  };
  const { exports } = new WebAssembly.Instance(module, {
    a: {
      ...given && { memory: given },
      ...Object.fromEntries(
        "a b d f g i k l m o r".split(" ").map((it) => [it, nothing]),
      ),
      /** Registers a function: `decode` first, with its types. */
      c(...[, , , , invoker, callee]: number[]) {
        const invoke = functions.get(invoker!);
        call ??= (text) => invoke(callee, text);
      },
      /** A handle of `Uint8ClampedArray` or `ImageData`: any number except 0 to 4. */
      e: () => 5,
      /**
       * Implements `new`, called with a view of memory, or with that, a width and a
       * height.
       */
      h(...[, count, , at]: number[]) {
        const [first, second, width, , height] = words(at!);
        if (count === 1) bounded.copyPixels(second!, first!);
        else size = { width: width!, height: height! };
        return 5;
      },
      j: fail,
      n: fail,
      p: bounded.grow,
      q(to: number, from: number, bytes: number) {
        new Uint8Array(memory.buffer).copyWithin(to, from, from + bytes);
      },
    },
  });
  const { s: memory, t: construct, u: malloc, v: free, y: functions } =
    // deno-lint-ignore no-explicit-any
    exports as any;
  const words = (at: number) => new Uint32Array(memory.buffer, at, 5);
  bounded.bind({ memory, malloc, free });
  construct();

  return {
    memory,
    decode(bytes, limit, stays = false) {
      bounded.begin(limit, stays);
      size = null;
      // A C++ string: its length, then its bytes.
      const text = malloc(4 + bytes.length);
      if (text !== 0) {
        words(text)[0] = bytes.length;
        new Uint8Array(memory.buffer).set(bytes, text + 4);
        call!(text);
        free(text);
      }
      return bounded.outcome(size);
    },
    release: bounded.release,
  };
}
