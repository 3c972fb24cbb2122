import { adobeTransform, detectColorSpace, isJfif } from "./color_space.ts";
import { type Frame, isFrame, readFrame } from "./frame.ts";
import { readScanHeader, type Scan } from "./scan.ts";
import { corrupt, MARKERS, segments } from "./segments.ts";
import {
  type HuffmanDefinition,
  type QuantizationTable,
  readHuffmanTables,
  readQuantizationTables,
  standardTables,
} from "./tables.ts";

/** The checked segments of a JPEG, and its scans. */
export type ParsedJpeg = ReturnType<typeof parseJpeg>;

/**
 * A scan costs a pass over the image, however few bytes it has: thousands of them in a
 * small file would stall a decoder. Encoders write about ten.
 */
const MAX_SCANS = 100;

/** The most blocks over all scans, unless there are few passes over the image. */
const MAX_BLOCKS = 60_000_000;

/** The maximum number of passes over an image's blocks. Encoders use about 15. */
const MAX_PASSES = 20;

/** Reads the segments of a JPEG, which may be cut short, and finds its scans. */
export function parseJpeg(bytes: Uint8Array, mayEnd: boolean) {
  let frame: Frame | undefined;
  let jfif = false;
  let hasTables = false;
  let adobe: number | undefined;
  let restartInterval = 0;
  let open: Omit<Scan, "data"> | undefined;
  let dataStart = 0;
  /** In the order of the file. Every component has one. */
  const scans: Scan[] = [];
  /** The table of each component, as defined before its first scan. */
  const quantization: QuantizationTable[] = [];
  const factors: (QuantizationTable | undefined)[] = [];
  const huffman = {
    dc: [] as HuffmanDefinition[],
    ac: [] as HuffmanDefinition[],
  };

  for (const { marker, body, start, end } of segments(bytes, mayEnd)) {
    if (open) scans.push({ ...open, data: bytes.subarray(dataStart, start) });
    open = undefined;
    if (isFrame(marker)) frame ??= readFrame(marker, body);
    else if (marker === MARKERS.APP0) jfif ||= isJfif(body);
    else if (marker === MARKERS.APP14) adobe = adobeTransform(body) ?? adobe;
    else if (marker === MARKERS.DRI) {
      if (body.length < 2) throw corrupt("its restart interval is cut short");
      restartInterval = body[0]! << 8 | body[1]!;
    } else if (marker === MARKERS.DQT) {
      for (const [index, table] of readQuantizationTables(body)) {
        factors[index] = table;
      }
    } else if (marker === MARKERS.DHT) {
      hasTables = true;
      for (const [kind, index, table] of readHuffmanTables(body)) {
        huffman[kind][index] = table;
      }
    } else if (marker === MARKERS.SOS) {
      if (frame === undefined) {
        throw corrupt("a scan precedes its frame header");
      }
      if (scans.length === MAX_SCANS) {
        throw corrupt(`it has more than ${MAX_SCANS} scans`);
      }
      const tables = hasTables ? huffman : standardTables();
      open = { ...readScanHeader(body, frame, tables), restartInterval };
      dataStart = end;
      for (const { index } of open.components) {
        const table = factors[frame.components[index]!.quantization];
        quantization[index] ??= table ?? missing();
      }
    }
  }
  if (frame === undefined) throw corrupt("it has no frame header");
  frame.components.forEach((_, i) => quantization[i] ?? missing());
  assertBlocks(frame, scans);
  const markers = { isJfif: jfif, adobeTransform: adobe };
  const colorSpace = detectColorSpace(frame, markers);
  return { frame, colorSpace, quantization, scans };
}

function missing(): never {
  throw corrupt("a component has no scan or no quantization table");
}

function assertBlocks({ width, height }: Frame, scans: readonly Scan[]): void {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const passes = scans.reduce((sum, it) => sum + it.components.length, 0);
  if (passes > MAX_PASSES && passes * blocks > MAX_BLOCKS) {
    throw corrupt(
      `its ${scans.length} scans of ${width}x${height} pixels are more than any encoder writes`,
    );
  }
}
