/// <reference lib="dom" />
/**
 * The script in the page of `image_sources_test.ts`: it reads images of a given kind,
 * both in the page and in a worker.
 *
 * @module
 */
import {
  type Classification,
  decodeImage,
  type ImageSource,
  load,
  type TotemError,
} from "../../../mod.ts";

/** An image that was read. */
export interface ReadImage {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: readonly number[];
}

/** The page's functions for tests. */
export interface PageTools {
  /** Makes an image of the given kind from the file, and reads it. */
  read(kind: string, file: string): Promise<ReadImage>;
  /** The same, in a worker. */
  readInWorker(kind: string, file: string): Promise<ReadImage>;
  /**
   * Classifies an image with `model.safetensors`, which is loaded from a source of the
   * kind `by`.
   */
  classify(
    kind: string,
    file: string,
    by: "response" | "blob" | "address",
  ): Promise<Classification[]>;
  /** Returns the error for a wrong image or model. */
  fault(
    what: string,
    foreign: string,
  ): Promise<{ code: string; message: string }>;
}

type Makers = Readonly<Record<string, (file: string) => Promise<ImageSource>>>;

/** Kinds that pages and workers have. */
const ANYWHERE: Makers = {
  async bitmap(file) {
    return await createImageBitmap(await blobOf(file));
  },
  /** Ignores the colour profile. */
  async storedBitmap(file) {
    return await createImageBitmap(await blobOf(file), {
      colorSpaceConversion: "none",
    });
  },
  async offscreen(file) {
    const bitmap = await createImageBitmap(await blobOf(file));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d")!.drawImage(bitmap, 0, 0);
    return canvas;
  },
  async imageData(file) {
    return await imageDataOf(file, "srgb");
  },
  async wideImageData(file) {
    return await imageDataOf(file, "display-p3");
  },
  async floatImageData(file) {
    const { data, width, height } = await imageDataOf(file, "srgb");
    const options = { pixelFormat: "rgba-float16" } as ImageDataSettings;
    const floats = new ImageData(width, height, options);
    for (let i = 0; i < data.length; i++) floats.data[i] = data[i]! / 255;
    return floats;
  },
  async videoFrame(file) {
    const bitmap = await createImageBitmap(await blobOf(file));
    return new VideoFrame(bitmap, { timestamp: 0 });
  },
  response: async (file) => await fetch(file),
  async stream(file) {
    return (await fetch(file)).body!;
  },
  address: (file) => Promise.resolve(new URL(file, location.href)),
  relative: (file) => Promise.resolve(file),
  async blob(file) {
    return await blobOf(file);
  },
  async blobAddress(file) {
    return URL.createObjectURL(await blobOf(file));
  },
  async buffer(file) {
    return await (await fetch(file)).arrayBuffer();
  },
};

const IN_PAGES: Makers = {
  img: async (file) => await imageOf(file),
  async canvas(file) {
    const image = await imageOf(file);
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    canvas.getContext("2d")!.drawImage(image, 0, 0);
    return canvas;
  },
  async frameOfAnotherWindow(file) {
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const image = frame.contentDocument!.createElement("img");
    image.src = new URL(file, location.href).href;
    await image.decode();
    return image;
  },
  async video(file) {
    const canvas = await IN_PAGES.canvas!(file) as HTMLCanvasElement;
    const video = document.createElement("video");
    video.muted = true;
    video.srcObject = canvas.captureStream();
    await Promise.all([
      new Promise((resolve) => video.addEventListener("loadeddata", resolve)),
      video.play(),
    ]);
    return video;
  },
};

const FAULTS: Readonly<
  Record<string, (foreign: string) => unknown>
> = {
  "an <img> that is loading": () => {
    const image = new Image();
    image.src = "slow.png";
    return decodeImage(image);
  },
  "an <img> without src": () => decodeImage(new Image()),
  "a broken <img>": async () => {
    const image = new Image();
    image.src = "no such.png";
    await image.decode().catch(() => {});
    return await decodeImage(image);
  },
  "a foreign <img>": async (foreign) => decodeImage(await imageOf(foreign)),
  "a foreign <canvas>": async (foreign) => {
    const canvas = document.createElement("canvas");
    canvas.getContext("2d")!.drawImage(await imageOf(foreign), 0, 0);
    return await decodeImage(canvas);
  },
  "an empty <canvas>": () => decodeImage(new OffscreenCanvas(0, 9)),
  "a blank <canvas>": () => decodeImage(document.createElement("canvas")),
  "a <canvas> of WebGL that was shown": async () => {
    const canvas = document.createElement("canvas");
    document.body.append(canvas);
    const gl = canvas.getContext("webgl")!;
    gl.clearColor(1, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
    return await decodeImage(canvas);
  },
  "a <video> without a frame": () =>
    decodeImage(document.createElement("video")),
  "a closed ImageBitmap": async () => {
    const bitmap = await createImageBitmap(new ImageData(2, 2));
    bitmap.close();
    return await decodeImage(bitmap);
  },
  "a closed VideoFrame": async () => {
    const frame = await ANYWHERE.videoFrame!("color.png") as VideoFrame;
    frame.close();
    return await decodeImage(frame);
  },
  "a large <canvas>": () =>
    decodeImage(new OffscreenCanvas(300, 300), { maxPixels: 89_999 }),
  "a large whole <canvas>": () =>
    decodeImage(new OffscreenCanvas(300, 300), { maxMemory: 719_999 }),
  "an opaque response": async (foreign) =>
    decodeImage(await fetch(foreign, { mode: "no-cors" })),
  "an opaque response of a model": async (foreign) =>
    load(await fetch(foreign, { mode: "no-cors" })),
  "a foreign address": (foreign) => decodeImage(foreign),
  "an address of nothing": () => decodeImage("no such.png"),
  "an element that shows nothing": () =>
    decodeImage(document.createElement("p") as unknown as ImageSource),
};

async function read(kind: string, file: string): Promise<ReadImage> {
  const make = { ...ANYWHERE, ...IN_PAGES }[kind]!;
  const { data, width, height } = await decodeImage(await make(file));
  return { width, height, data: [...data] };
}

const tools: PageTools = {
  read,
  readInWorker: (kind, file) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(import.meta.url, { type: "module" });
      worker.onmessage = ({ data: { image, error } }) => {
        worker.terminate();
        if (image) resolve(image);
        else reject(new Error(error));
      };
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage({ kind, file });
    }),
  async classify(kind, file, by) {
    const address = "model.safetensors";
    const model = by === "address" ? address : await fetch(address);
    const source = by === "blob" ? await (model as Response).blob() : model;
    const classifier = await load(source, { variant: 75 });
    const make = { ...ANYWHERE, ...IN_PAGES }[kind]!;
    const [result] = await Array.fromAsync(
      classifier.classifyAll([await make(file)]),
    );
    classifier.dispose();
    if (result!.error) throw result!.error;
    return result!.classes!;
  },
  async fault(what, foreign) {
    try {
      await FAULTS[what]!(foreign);
      return { code: "none", message: "" };
    } catch (error) {
      const { code, message } = error as TotemError;
      return { code, message };
    }
  },
};

if (typeof document === "undefined") {
  addEventListener("message", async ({ data: { kind, file } }) => {
    try {
      postMessage({ image: await read(kind, file) });
    } catch (error) {
      postMessage({ error: (error as Error).message });
    }
  });
} else Object.assign(globalThis, { tools });

async function blobOf(file: string): Promise<Blob> {
  return await (await fetch(file)).blob();
}

async function imageDataOf(
  file: string,
  colorSpace: "srgb" | "display-p3",
): Promise<ImageData> {
  const bitmap = await createImageBitmap(await blobOf(file));
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height)
    .getContext("2d", { colorSpace })!;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height, { colorSpace });
}

async function imageOf(file: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = file;
  await image.decode();
  return image;
}
