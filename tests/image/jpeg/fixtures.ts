import { decodeImage, type Pixels } from "../../../src/image/mod.ts";

const FOLDER = new URL("../../data/jpeg/", import.meta.url);
const PHOTOS = new URL("../../../examples/photos/", import.meta.url);

/** The names of the JPEG fixtures. */
export const FIXTURES: readonly string[] = namesIn(FOLDER);

/** The names of the photos. */
export const PHOTO_NAMES: readonly string[] = namesIn(PHOTOS);

export function jpegFixture(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(`${name}.jpg`, FOLDER));
}

export function photo(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(`${name}.jpg`, PHOTOS));
}

/** Decodes a JPEG with mozjpeg. */
export async function decodeByMozjpeg(bytes: Uint8Array): Promise<Pixels> {
  const { default: factory } = await import(
    "@jsquash/jpeg/codec/dec/mozjpeg_dec.js"
  );
  mozjpeg ??= (factory as unknown as Mozjpeg)({ noInitialRun: true });
  return (await mozjpeg).decode(bytes, false);
}

/** Asserts that two images are bit-identical. */
export function assertSamePixels(actual: Pixels, expected: Pixels): void {
  const { width, height, data } = expected;
  if (actual.width !== width || actual.height !== height) {
    throw new Error(
      `${actual.width}x${actual.height} against ${width}x${height}`,
    );
  }
  const at = data.findIndex((it, i) => it !== actual.data[i]);
  if (at < 0 && actual.data.length === data.length) return;
  const pixel = at >> 2;
  throw new Error(
    `channel ${at & 3} at ${pixel % width},${Math.floor(pixel / width)} is ${
      actual.data[at]
    } against ${data[at]}`,
  );
}

/** Decodes a whole fixture. */
export function decodeJpegFixture(name: string): Promise<Pixels> {
  return decodeImage(jpegFixture(name));
}

type Mozjpeg = (options: { readonly noInitialRun: true }) => Promise<{
  decode(bytes: Uint8Array, preserveOrientation: boolean): Pixels;
}>;

let mozjpeg: ReturnType<Mozjpeg> | undefined;

function namesIn(folder: URL): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((it) => it.endsWith(".jpg"))
    .map((it) => it.slice(0, -".jpg".length))
    .sort();
}
