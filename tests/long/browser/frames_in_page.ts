/// <reference lib="dom" />

/** Frames from the page's ImageDecoder, with files as base64. */
interface GivenFrames {
  /** RGBA with straight alpha, as base64. */
  readonly frames: readonly string[];
}

/**
 * Decodes all frames of a file. It runs in the page, so it must not refer to anything
 * outside.
 */
export async function decodeFrames(
  { bytes, type }: { readonly bytes: string; readonly type: string },
): Promise<GivenFrames> {
  const decoder = new ImageDecoder({
    data: Uint8Array.fromBase64(bytes),
    type,
    preferAnimation: true,
    colorSpaceConversion: "none",
  });
  await Promise.all([decoder.tracks.ready, decoder.completed]);
  const { frameCount } = decoder.tracks.selectedTrack!;
  const frames = [];
  for (let frameIndex = 0; frameIndex < frameCount; frameIndex++) {
    const { image } = await decoder.decode({ frameIndex });
    const data = new Uint8Array(image.codedWidth * image.codedHeight * 4);
    await image.copyTo(data, { format: "RGBA" });
    frames.push(data.toBase64());
    image.close();
  }
  return { frames };
}
