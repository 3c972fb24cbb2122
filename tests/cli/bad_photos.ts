import { PHOTOS } from "./totem.ts";

/** An undecodable file, and its error. */
export interface BadPhoto {
  readonly file: string;
  readonly message: RegExp;
}

/** Writes files into `folder` that can't be decoded, each for a different reason. */
export async function badPhotos(folder: string): Promise<readonly BadPhoto[]> {
  const photo = await Deno.readFile(`${PHOTOS}/drum.jpg`);
  const noPhoto = new TextEncoder().encode("This is no photo at all.");
  const huge = photo.slice();
  new DataView(huge.buffer).setUint32(frameOf(huge) + 5, 0xffff_ffff);
  const files = [
    ["cut off.jpg", photo.subarray(0, 400), /the JPEG as it is truncated/],
    ["text.jpg", noPhoto, /as an image: expected JPEG, PNG, .* or /],
    [
      "huge.jpg",
      huge,
      /65535x65535 pixels as these are 4294836225 and the limit is .*--max-pixels$/m,
    ],
  ] as const;
  return await Promise.all(files.map(async ([name, bytes, message]) => {
    const file = `${folder}/${name}`;
    await Deno.writeFile(file, bytes);
    return { file, message };
  }));
}

/**
 * The position of the frame header's marker, before two length bytes and one precision
 * byte.
 */
function frameOf(jpeg: Uint8Array): number {
  return jpeg.findIndex((byte, i) =>
    byte === 0xff && (jpeg[i + 1] === 0xc0 || jpeg[i + 1] === 0xc2)
  );
}
