import { FACTORS, frame, huffman, segment } from "../image/jpeg/hand_made.ts";

/** The header of a JPEG, and the size of its file. */
export interface PlainJpeg {
  readonly width: number;
  readonly height: number;
  /** If set, several scans refine the coefficients, which are all in memory. */
  readonly progressive?: boolean;
  /**
   * Sampling factors of each component, 16 times horizontal plus vertical; 4:2:0 by
   * default.
   */
  readonly sampling?: readonly number[];
  /** The minimum file size: some phones append a video to a photo. */
  readonly bytes?: number;
}

/** A grey JPEG of any size, with 2 bits per block, or 1 if it is progressive. */
export function plainJpeg({
  width,
  height,
  progressive = false,
  sampling = [0x22, 0x11, 0x11],
  bytes = 0,
}: PlainJpeg): Uint8Array<ArrayBuffer> {
  const mcus = (sides: (factor: number) => number, length: number) =>
    Math.ceil(length / 8 / Math.max(...sampling.map(sides)));
  const across = (factor: number) => factor >> 4;
  const down = (factor: number) => factor & 15;
  const blocks = mcus(across, width) * mcus(down, height) *
    sampling.reduce((sum, it) => sum + across(it) * down(it), 0);
  const head = [
    0xff,
    0xd8,
    ...FACTORS,
    ...huffman("dc", 0),
    ...huffman("ac", 0),
    ...frame({ progressive, width, height, sampling }),
    // All components, with Huffman tables 0; progressive ones have only DC
    // coefficients.
    ...segment(0xda, [
      sampling.length,
      ...sampling.flatMap((_, i) => [i + 1, 0]),
      ...[0, progressive ? 0 : 63, 0],
    ]),
  ];
  // One bit codes an unchanged DC coefficient, another one the end of the block.
  const data = Math.ceil(blocks * (progressive ? 1 : 2) / 8);
  const end = head.length + data + 2;
  const file = new Uint8Array(Math.max(end, bytes));
  file.set(head);
  file.set([0xff, 0xd9], end - 2);
  return file;
}
