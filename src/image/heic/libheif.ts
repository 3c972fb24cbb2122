import type { BoundedMemory } from "../bounded_memory.ts";
import type { ImageDecoder } from "../decoder_worker.ts";

/**
 * Starts libheif as Emscripten compiled it for `libheif-js` 1.23.2, with libde265.
 *
 * This function calls libheif's own C API, under the names of that build, so that
 * memory can be limited and a broken instance dropped. It must not refer to anything
 * outside itself, as workers run its source.
 */
export function startLibheif(
  module: WebAssembly.Module,
  bounded: BoundedMemory,
): ImageDecoder {
  // libheif/heif_color.h, heif_decoding.h and heif_image.h of that version.
  const UNDEFINED = 99;
  const YCBCR = 0;
  const MONOCHROME = 2;
  const [Y, CB, CR, ALPHA] = [0, 1, 2, 6] as const;
  const OPTIONS = {
    ignoreTransformations: 1,
    strictDecoding: 21,
    outputNclx: 56,
  } as const;
  const NCLX = { matrix: 12, isFull: 16 } as const;
  /** The weights of red and blue in luma, by matrix number: ITU-T H.273. */
  const LUMA: Readonly<Record<number, readonly [kr: number, kb: number]>> = {
    1: [0.2126, 0.0722],
    4: [0.3, 0.11],
    7: [0.212, 0.087],
    9: [0.2627, 0.0593],
    10: [0.2627, 0.0593],
  };
  const BT601 = [0.299, 0.114] as const;

  /** For imports that describe C++ types and count references, and for files. */
  const nothing = () => 0;
  const fail = () => {
    throw new Error("the decoder crashed");
  };
  /** "No such file." */
  const noFile = () => -44;
  const { exports } = new WebAssembly.Instance(module, {
    a: {
      ...Object.fromEntries(
        "a c d e f g h i j l m n o q u v w x z A J K L M N O P"
          .split(" ").map((it) => [it, nothing]),
      ),
      ...Object.fromEntries("b k C".split(" ").map((it) => [it, fail])),
      ...Object.fromEntries(
        "p r s t y B E F".split(" ").map((it) => [it, noFile]),
      ),
      D: bounded.grow,
      /** There are no environment variables. */
      G: nothing,
      H(count: number, bytes: number) {
        setWord(count, 0);
        setWord(bytes, 0);
        return 0;
      },
      I(to: number, from: number, bytes: number) {
        new Uint8Array(memory.buffer).copyWithin(to, from, from + bytes);
      },
    },
  });
  const {
    Q: memory,
    R: construct,
    Na: malloc,
    Z: free,
    la: allocContext,
    ma: freeContext,
    mh: read,
    Ca: getPrimaryHandle,
    oa: releaseHandle,
    ua: isPremultiplied,
    ae: allocOptions,
    ce: freeOptions,
    Da: decodeHandle,
    sa: releaseImage,
    Fa: colorspaceOf,
    Ga: hasChannel,
    Ia: widthOf,
    Ja: heightOf,
    Ka: bitsOf,
    cb: planeOf,
    Cb: getNclx,
    yb: getHandleNclx,
    V: freeNclx,
    // deno-lint-ignore no-explicit-any
  } = exports as any;
  const view = () => new DataView(memory.buffer);
  const word = (at: number) => view().getUint32(at, true);
  const setWord = (at: number, value: number) =>
    view().setUint32(at, value, true);
  bounded.bind({ memory, malloc, free });
  construct();

  /** Calls a function that returns an error: a code, a subcode and a text. */
  const isDone = (
    call: (...args: number[]) => void,
    error: number,
    ...args: number[]
  ) => {
    call(error, ...args);
    return word(error) === 0;
  };

  const decode = (bytes: Uint8Array) => {
    const file = malloc(bytes.length);
    // Memory for an error, and for the address of a handle or image, or for a number.
    const error = malloc(16);
    if (file === 0 || error === 0) return null;
    const out = error + 12;
    new Uint8Array(memory.buffer).set(bytes, file);
    const context = allocContext();
    if (!isDone(read, error, context, file, bytes.length, 0)) return null;
    if (!isDone(getPrimaryHandle, error, context, out)) return null;
    const handle = word(out);
    const options = allocOptions();
    view().setUint8(options + OPTIONS.ignoreTransformations, 1);
    // Otherwise a tile that can't be decoded is omitted without an error.
    view().setUint8(options + OPTIONS.strictDecoding, 1);
    // Otherwise libheif converts to a default matrix and range, and rounds.
    const hasNclx = isDone(getHandleNclx, error, handle, out);
    const nclx = hasNclx ? word(out) : 0;
    setWord(options + OPTIONS.outputNclx, nclx);
    const asCoded = [UNDEFINED, UNDEFINED, options];
    if (!isDone(decodeHandle, error, handle, out, ...asCoded)) return null;
    freeOptions(options);
    if (hasNclx) freeNclx(nclx);
    const decoded = word(out);
    const image = toRgba(decoded, out);
    if (isPremultiplied(handle)) {
      const { data } = image;
      for (let i = 0; i < data.length; i += 4) {
        const scale = 255 / Math.max(1, data[i + 3]!);
        for (let c = i; c < i + 3; c++) data[c]! *= scale;
      }
    }
    releaseImage(decoded);
    releaseHandle(handle);
    freeContext(context);
    free(error);
    free(file);
    return image;
  };

  /** Samples of a channel, row by row. */
  const channelOf = (decoded: number, channel: number, out: number) => {
    const address = planeOf(decoded, channel, out);
    const stride = word(out);
    const bits = bitsOf(decoded, channel);
    const width = widthOf(decoded, channel);
    const height = heightOf(decoded, channel);
    const Samples = bits > 8 ? Uint16Array : Uint8Array;
    const row = (y: number) =>
      new Samples(memory.buffer, address + y * stride, width);
    return { width, height, max: 2 ** bits - 1, row };
  };

  /**
   * Converts an image from its coded matrix and range. libheif's own conversion takes
   * the nearest sample of halved chroma, or interpolates it wrongly, and is some levels
   * off elsewhere.
   */
  const toRgba = (decoded: number, out: number) => {
    const colorspace = colorspaceOf(decoded);
    if (colorspace !== YCBCR && colorspace !== MONOCHROME) fail();
    let [matrix, isFull] = [6, true];
    if (isDone(getNclx, out - 12, decoded, out)) {
      const nclx = word(out);
      matrix = word(nclx + NCLX.matrix);
      isFull = view().getUint8(nclx + NCLX.isFull) !== 0;
      freeNclx(nclx);
    }
    if (matrix === 8 || matrix > 10) fail(); // YCgCo and others, which no phone writes.
    const luma = channelOf(decoded, Y, out);
    const { width, height, max } = luma;
    const alpha = hasChannel(decoded, ALPHA)
      ? channelOf(decoded, ALPHA, out)
      : undefined;
    const chroma = colorspace === YCBCR
      ? [channelOf(decoded, CB, out), channelOf(decoded, CR, out)]
      : [];
    for (const it of [...chroma, ...alpha ? [alpha] : []]) {
      const halves = it === alpha ? 1 : 2;
      const fits = (part: number, whole: number) =>
        part === whole || part === Math.ceil(whole / halves);
      const isSound = fits(it.width, width) && fits(it.height, height);
      if (!isSound || it.max !== max && it !== alpha) fail();
    }
    const unit = (max + 1) / 256;
    const [low, lumaSpan, chromaSpan] = isFull
      ? [0, max, max]
      : [16 * unit, 219 * unit, 224 * unit];
    const lumaScale = 255 / lumaSpan;
    const chromaScale = 255 / chromaSpan;
    const [kr, kb] = LUMA[matrix] ?? BT601;
    const red = 2 * (1 - kr) * chromaScale;
    const blue = 2 * (1 - kb) * chromaScale;
    const greenOfBlue = kb * blue / (1 - kr - kb);
    const greenOfRed = kr * red / (1 - kr - kb);
    const middle = 128 * unit;
    const rows = chroma.map(() => new Float64Array(width + 1));
    const data = new Uint8ClampedArray(width * height * 4);
    for (let y = 0; y < height; y++) {
      const samples = luma.row(y);
      const row = data.subarray(y * width * 4, (y + 1) * width * 4);
      const [cb, cr] = chroma.map((it, i) =>
        upsampled(it, y, height, rows[i]!)
      );
      for (let x = 0, at = 0; x < width; x++, at += 4) {
        const value = (samples[x]! - low) * lumaScale;
        row[at] = row[at + 1] = row[at + 2] = value;
        row[at + 3] = 255;
      }
      const alphas = alpha?.row(y);
      for (let x = 0; alphas && x < width; x++) {
        row[4 * x + 3] = alphas[x]! * 255 / alpha!.max;
      }
      if (cb === undefined || cr === undefined) continue;
      if (matrix === 0) { // The planes are G, B and R.
        for (let x = 0, at = 0; x < width; x++, at += 4) {
          row[at] = (cr[x]! - low) * lumaScale;
          row[at + 2] = (cb[x]! - low) * lumaScale;
        }
        continue;
      }
      for (let x = 0, at = 0; x < width; x++, at += 4) {
        const value = (samples[x]! - low) * lumaScale;
        const b = cb[x]! - middle;
        const r = cr[x]! - middle;
        row[at] = value + red * r;
        row[at + 1] = value - greenOfBlue * b - greenOfRed * r;
        row[at + 2] = value + blue * b;
      }
    }
    return { data, width, height };
  };

  /** A row of chroma, interpolated where it is halved, from the middle of two pixels. */
  const upsampled = (
    plane: ReturnType<typeof channelOf>,
    y: number,
    height: number,
    row: Float64Array,
  ) => {
    const { width } = plane;
    const isHalf = plane.height < height;
    const other = (y >> 1) + (y % 2 ? 1 : -1);
    const near = plane.row(isHalf ? y >> 1 : y);
    const far = isHalf
      ? plane.row(Math.min(Math.max(other, 0), plane.height - 1))
      : near;
    if (width === row.length - 1) {
      for (let x = 0; x < width; x++) row[x] = 0.75 * near[x]! + 0.25 * far[x]!;
      return row;
    }
    let before = 0.75 * near[0]! + 0.25 * far[0]!;
    let here = before;
    for (let x = 0; x < width; x++) {
      const next = Math.min(x + 1, width - 1);
      const after = 0.75 * near[next]! + 0.25 * far[next]!;
      row[2 * x] = 0.75 * here + 0.25 * before;
      row[2 * x + 1] = 0.75 * here + 0.25 * after;
      before = here;
      here = after;
    }
    return row;
  };

  return {
    memory,
    decode(bytes, limit) {
      bounded.begin(limit, false);
      let failure;
      try {
        const image = decode(bytes);
        if (image !== null) return image;
      } catch (error) {
        failure = error;
      }
      const outcome = bounded.outcome(null);
      if (outcome !== null) return outcome;
      // After an error, its allocations aren't freed.
      throw failure ?? new Error("the decoder refused it");
    },
    release: bounded.release,
  };
}
