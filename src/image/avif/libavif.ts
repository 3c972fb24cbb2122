import type { BoundedMemory } from "../bounded_memory.ts";
import type { ImageDecoder } from "../decoder_worker.ts";

/**
 * Starts libavif's decoder as Emscripten compiled it for `@jsquash/avif` 2.1.1: libavif
 * 1.0.1 with libaom.
 *
 * As for WebP, this function provides the imports, under the names of that build, so
 * that memory can be limited and a broken instance dropped. It must not refer to
 * anything outside itself, as workers run its source.
 */
export function startLibavif(
  module: WebAssembly.Module,
  bounded: BoundedMemory,
  given?: WebAssembly.Memory,
): ImageDecoder {
  let call: ((text: number) => number) | undefined;
  let size: { readonly width: number; readonly height: number } | null = null;

  /** For imports that describe C++ types, count references and close files. */
  const nothing = () => 0;
  const fail = () => {
    throw new Error("the decoder crashed");
  };
  /** libaom leaves its functions with `longjmp`, which throws this. */
  const LONG_JUMP = Infinity;
  /** Calls a C function that may exit by `longjmp`. */
  const invoke = (index: number, ...args: number[]) => {
    const stack = getStack();
    try {
      return functions.get(index)(...args);
    } catch (error) {
      setStack(stack);
      if (error !== LONG_JUMP) throw error;
      setThrew(1, 0);
      return 0;
    }
  };
  const { exports } = new WebAssembly.Instance(module, {
    a: {
      ...given && { memory: given },
      ...Object.fromEntries(
        "b c g h i j l m o p w A B C D".split(" ").map((it) => [it, nothing]),
      ),
      ...Object.fromEntries("d k q r s t".split(" ").map((it) => [it, invoke])),
      a: fail,
      z: fail,
      u() {
        throw LONG_JUMP;
      },
      /** Registers a function: `decode`, with its types. */
      x(...[, , , , invoker, callee]: number[]) {
        const decode = functions.get(invoker!);
        call ??= (text) => decode(callee, text, 8);
      },
      /** A handle of `Uint8ClampedArray` or `ImageData`: any number except 0 to 4. */
      E: () => 5,
      /**
       * Implements `new`, called with a view of memory, or with pixels, width and
       * height.
       */
      e: (types: number) => types,
      f(...[types, , , at]: number[]) {
        const [first, second, width, , height] = words(at!);
        if (types === 2) bounded.copyPixels(second!, first!);
        else size = { width: width!, height: height! };
        return 5;
      },
      v: bounded.grow,
      /** There is no file to seek in. */
      n: () => 70,
      /** Discards libaom's log output. */
      y(...[, vectors, count, written]: number[]) {
        const view = new DataView(memory.buffer);
        let bytes = 0;
        for (let i = 0; i < count!; i++) {
          bytes += view.getUint32(vectors! + 8 * i + 4, true);
        }
        view.setUint32(written!, bytes, true);
        return 0;
      },
    },
  });
  const {
    F: memory,
    G: construct,
    I: malloc,
    J: free,
    K: functions,
    L: setThrew,
    M: setStack,
    N: getStack,
    // deno-lint-ignore no-explicit-any
  } = exports as any;
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
