import { corrupt, MARKERS, unsupported } from "./segments.ts";

/** A frame header: T.81, B.2.2. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Whether several scans refine the coefficients. */
  readonly isProgressive: boolean;
  /** One, three or four. */
  readonly components: readonly FrameComponent[];
}

export interface FrameComponent {
  readonly id: number;
  /** Blocks of an MCU across and down, 1..4. */
  readonly h: number;
  readonly v: number;
  /** The number of its quantization table, 0..3. */
  readonly quantization: number;
}

const MAX_SAMPLING = 4;
const MAX_TABLE = 3;

/** Whether a marker begins a frame header, of any process. */
export function isFrame(marker: number): boolean {
  return marker >= MARKERS.SOF0 && marker <= MARKERS.SOF15 &&
    marker !== MARKERS.DHT && marker !== MARKERS.JPG && marker !== MARKERS.DAC;
}

/** Reads a frame header. A size of 0 is accepted. */
export function readFrame(marker: number, body: Uint8Array): Frame {
  if (body.length < 6) throw corrupt("its frame header is too short");
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const precision = view.getUint8(0);
  const count = view.getUint8(5);
  if (marker > MARKERS.SOF2) throw unsupported(processName(marker));
  if (precision !== 8) throw unsupported(`${precision}-bit JPEG`);
  if (count !== 1 && count !== 3 && count !== 4) {
    throw unsupported(`JPEG of ${count} components`);
  }
  if (body.length < 6 + count * 3) {
    throw corrupt("its frame header is too short");
  }
  const components = Array.from({ length: count }, (_, i) => {
    const at = 6 + i * 3;
    return readComponent(body[at]!, body[at + 1]!, body[at + 2]!);
  });
  return {
    width: view.getUint16(3),
    height: view.getUint16(1),
    isProgressive: marker === MARKERS.SOF2,
    // The MCU of a single component is a block, whatever its sampling.
    components: count === 1
      ? components.map((it) => ({ ...it, h: 1, v: 1 }))
      : components,
  };
}

function readComponent(
  id: number,
  sampling: number,
  quantization: number,
): FrameComponent {
  const h = sampling >> 4;
  const v = sampling & 15;
  for (const factor of [h, v]) {
    if (factor < 1 || factor > MAX_SAMPLING) {
      throw corrupt(`a component has a sampling factor of ${factor}`);
    }
  }
  if (quantization > MAX_TABLE) {
    throw corrupt(`a component has quantization table ${quantization}`);
  }
  return { id, h, v, quantization };
}

/** The name of a T.81 coding process other than baseline, extended and progressive. */
function processName(marker: number): string {
  if (marker === 0xc3 || marker === 0xcb) return "lossless JPEG";
  if (marker === MARKERS.SOF9 || marker === MARKERS.SOF10) {
    return "arithmetic-coded JPEG";
  }
  return "hierarchical JPEG";
}
