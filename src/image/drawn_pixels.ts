import {
  ArgumentError,
  ImageTooLargeError,
  ImageUnavailableError,
} from "../errors.ts";
import {
  assertSize,
  type DecodeOptions,
  startMemory,
} from "./decode_options.ts";
import type { Pixels } from "./pixels.ts";

/** The image's name in messages, and the prefix of its `width` and `height`. */
const KINDS: Readonly<
  Record<string, readonly [name: string, prefix?: string]>
> = {
  HTMLImageElement: ["the <img>", "natural"],
  HTMLVideoElement: ["the <video>", "video"],
  HTMLCanvasElement: ["the <canvas>"],
  OffscreenCanvas: ["the OffscreenCanvas"],
  ImageBitmap: ["the ImageBitmap"],
  VideoFrame: ["the VideoFrame", "display"],
  ImageData: ["the ImageData"],
};

/** 4 on the canvas, and 4 read from it. */
const BYTES_PER_PIXEL = 8;

/**
 * The pixels of an image as a browser shows it, upright and in sRGB, read from a
 * canvas.
 *
 * @param kind The name of its class.
 * @returns Straight alpha. As a canvas premultiplies alpha, levels of almost
 * transparent pixels change; composited over white they are within one of the image's.
 */
export function drawnPixels(
  kind: string,
  image: unknown,
  options: DecodeOptions,
): Pixels {
  const [name, prefix] = KINDS[kind]!;
  const unavailable = (why: string, cause?: unknown) =>
    new ImageUnavailableError(`Cannot read ${name} as ${why}`, { cause });
  const shown = image as Shown;
  const width = Number(shown[prefix ? `${prefix}Width` : "width"]);
  const height = Number(shown[prefix ? `${prefix}Height` : "height"]);
  const missing = missingReason(kind, shown, width * height > 0);
  if (missing) throw unavailable(missing);
  const sized = { name, width, height };
  assertSize(sized, options);
  startMemory(sized, options)(BYTES_PER_PIXEL * width * height);
  const context = createCanvas(name, width, height);
  let drawn: Pixels;
  try {
    if (kind === "ImageData") context.putImageData(image, 0, 0);
    else context.drawImage(image, 0, 0, width, height);
    drawn = context.getImageData(0, 0, width, height, { colorSpace: "srgb" });
  } catch (cause) {
    const { name: error, message } = cause as Error;
    if (error === "SecurityError") throw unavailable(FOREIGN, cause);
    if (error !== "RangeError") throw unavailable(message, cause);
    throw new ImageTooLargeError(
      `Cannot read ${name} of ${width}x${height} pixels: ${message}`,
      { cause },
    );
  }
  if (isBlank(drawn)) throw unavailable(BLANK);
  return drawn;
}

/** The members of all kinds that are used. */
interface Shown {
  readonly complete?: boolean;
  readonly readyState?: number;
  readonly [size: string]: unknown;
}

const FOREIGN =
  'it comes from another origin, which must allow it: set crossOrigin = "anonymous" before its src, and let the server send Access-Control-Allow-Origin';
const BLANK =
  "all of it is transparent: draw on it first; a canvas of WebGL or WebGPU must be read before the page shows the frame, or have preserveDrawingBuffer";

function missingReason(
  kind: string,
  { complete, readyState }: Shown,
  hasPixels: boolean,
): string | undefined {
  if (kind === "HTMLImageElement" && !complete) {
    return "it isn't loaded yet: await its decode()";
  }
  // HAVE_CURRENT_DATA
  if (kind === "HTMLVideoElement" && readyState! < 2) {
    return 'it has no frame yet: wait for its "loadeddata" event';
  }
  if (hasPixels) return undefined;
  switch (kind) {
    case "HTMLImageElement":
      return "it has no pixels: its src is missing, or couldn't be loaded";
    case "ImageBitmap":
    case "VideoFrame":
      return "it is closed";
    default:
      return "it has no pixels: its width or height is 0";
  }
}

/** The members of a canvas's context that are used; Deno and Node have no types for it. */
interface Context {
  drawImage(image: unknown, ...box: number[]): void;
  putImageData(image: unknown, x: number, y: number): void;
  getImageData(
    x: number,
    y: number,
    width: number,
    height: number,
    settings: { readonly colorSpace: "srgb" },
  ): Pixels;
}

type CanvasClass = new (width: number, height: number) => {
  getContext(
    kind: "2d",
    settings: { readonly willReadFrequently: boolean },
  ): Context | null;
};

function createCanvas(name: string, width: number, height: number): Context {
  const { OffscreenCanvas: Canvas } = globalThis as {
    readonly OffscreenCanvas?: CanvasClass;
  };
  // The canvas is read at once, so it needn't be on the GPU, which may round levels.
  const contextOf = (width: number, height: number) =>
    Canvas && new Canvas(width, height)
      .getContext("2d", { willReadFrequently: true });
  const context = contextOf(width, height);
  if (context) return context;
  if (contextOf(1, 1)) {
    throw new ImageTooLargeError(
      `Cannot read ${name} as there is no canvas of ${width}x${height} pixels here`,
    );
  }
  throw new ArgumentError(
    `Cannot read ${name} as there is no canvas to draw it on here: give the image's file, or its pixels as { data, width, height }`,
  );
}

function isBlank({ data }: Pixels): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 0) return false;
  return true;
}
