import type { Pace } from "../pace.ts";
import type { ColorSpace } from "./color_space.ts";
import { type JpegKernels, withKernels } from "./kernels.ts";
import {
  COEFFICIENTS,
  HUFFMAN_BYTES,
  type Layout,
  layOut,
  WINDOW_BYTES,
} from "./layout.ts";
import type { ParsedJpeg } from "./parse.ts";
import type { Plan } from "./plan.ts";
import { readField, writeField, writeRecord } from "./records.ts";
import type { Scan, ScanKind } from "./scan.ts";
import type { HuffmanDefinition } from "./tables.ts";
import { ZIGZAG } from "./zigzag.ts";

/**
 * Takes rows of pixels, from the top to the bottom of the region.
 *
 * @param rows RGBA, as wide as the region. They are overwritten afterwards.
 * @param first The number of the first of them in the image.
 */
export type TakeRows = (rows: Uint8Array, first: number) => void;

const COLORS: Readonly<Record<ColorSpace, number>> = {
  grey: 0,
  YCC: 1,
  RGB: 2,
  CMYK: 3,
  YCCK: 4,
};

/** The numbers of `kernels/scan.ts`; a sequential scan that is alone has 0. */
const KINDS: Readonly<Record<ScanKind, number>> = {
  "sequential": 1,
  "first DC": 2,
  "refine DC": 3,
  "first AC": 4,
  "refine AC": 5,
};

/** The place of a coefficient that isn't needed. */
const NOWHERE = 64;

/**
 * Decodes a JPEG as planned, a row of MCUs at a time, and hands out its pixels.
 * At its full size these are what libjpeg makes of it, to the bit, if it is
 * complete.
 *
 * The file is read in windows, and so memory is bounded as
 * {@linkcode layOut} says.
 *
 * @throws {AbortedError} When the pace's signal fires.
 * @throws {ImageTooLargeError} When memory can't be had.
 */
export async function decodeRows(
  jpeg: ParsedJpeg,
  plan: Plan,
  pace: Pace,
  take: TakeRows,
): Promise<void> {
  const layout = layOut(plan);
  await withKernels(layout.bytes, async (kernels) => {
    const { buffer } = kernels.memory;
    const memory: Memory = {
      bytes: new Uint8Array(buffer as ArrayBuffer),
      view: new DataView(buffer),
    };
    writeFrame(memory, jpeg, plan, layout);
    const emit = startEmitting(kernels, plan, layout, take);
    if (plan.isStored) {
      memory.bytes.fill(0, layout.blocks, kernels.usedBytes);
      for (const scan of jpeg.scans) {
        const decode = openScan(kernels, memory, plan, layout, scan);
        const rows = rowsOf(scan, plan);
        for (let row = 0; row < rows; row++) {
          decode(row, true);
          if (pace.isDue()) await pace.pause();
        }
      }
    }
    const decode = plan.isStored
      ? (row: number, isVisible: boolean) => {
        if (isVisible) kernels.reconstructRow(layout.frame, row);
      }
      : openScan(kernels, memory, plan, layout, jpeg.scans[0]!);
    for (let row = 0; row < plan.rows && !emit.isDone(); row++) {
      decode(row, emit.needs(row));
      emit.row(row);
      if (pace.isDue()) await pace.pause();
    }
  });
}

interface Memory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
}

/** Hands out pixels as soon as all that they are made of is there. */
function startEmitting(
  kernels: JpegKernels,
  { region, rowHeight, rows, delay, height }: Plan,
  layout: Layout,
  take: TakeRows,
) {
  let next = region.top;
  const width = region.right - region.left;
  return {
    isDone: () => next >= region.bottom,
    /** Whether a row of MCUs is needed, for interpolation too. */
    needs: (row: number) => (row + 1) * rowHeight + delay > region.top,
    row(row: number) {
      const ready = row + 1 === rows ? height : (row + 1) * rowHeight - delay;
      const end = Math.min(ready, region.bottom);
      const count = end - next;
      if (count <= 0) return;
      kernels.convertRows(layout.frame, next, count, layout.pixels);
      take(
        new Uint8Array(
          kernels.memory.buffer,
          layout.pixels,
          width * count * 4,
        ),
        next,
      );
      next = end;
    },
  };
}

/** Writes all that stays the same for the image. */
function writeFrame(
  { bytes, view }: Memory,
  { colorSpace, quantization }: ParsedJpeg,
  { components, region, columns, firstColumn, endColumn }: Plan,
  layout: Layout,
): void {
  writeRecord(view, layout.frame, "frame", {
    components: components.length,
    ...addressesOf(layout.components.map(({ record }) => record)),
    color: COLORS[colorSpace],
    left: region.left,
    right: region.right,
    firstColumn,
    endColumn,
    columns,
    block: layout.block,
    lines: layout.lines,
    lineBytes: layout.lineBytes,
  });
  bytes.fill(0, layout.block, layout.huffman);
  components.forEach((component, i) => {
    const { record, factors, places, ...rest } = layout.components[i]!;
    writeRecord(view, record, "component", {
      ...component,
      ...rest,
      smooth: Number(component.smooth),
      factors,
      places,
      neededLow: neededBits(component.side, 0),
      neededHigh: neededBits(component.side, 32),
    });
    for (let k = 0; k < COEFFICIENTS; k++) {
      view.setInt32(factors + k * 4, quantization[i]![k] ?? 0, true);
      view.setUint8(places + k, placeOf(k, component.side));
    }
  });
}

/** Where a coefficient lies in a block of `side` x `side`. */
function placeOf(k: number, side: number): number {
  const natural = ZIGZAG[k] ?? NOWHERE * 8;
  const row = natural >> 3;
  const column = natural & 7;
  return row < side && column < side ? row * side + column : NOWHERE;
}

/** Which of 32 coefficients have a place. */
function neededBits(side: number, first: number): number {
  let bits = 0;
  for (let i = 0; i < 32; i++) {
    if (placeOf(first + i, side) !== NOWHERE) bits |= 1 << i;
  }
  return bits;
}

/** How many rows of MCUs a scan has: of blocks, if it has one component. */
function rowsOf({ components }: Scan, plan: Plan): number {
  const [only, second] = components;
  return second ? plan.rows : plan.components[only!.index]!.blocksDown;
}

/** Begins a scan; what is returned decodes a row of MCUs. */
function openScan(
  kernels: JpegKernels,
  { bytes, view }: Memory,
  plan: Plan,
  layout: Layout,
  scan: Scan,
): (row: number, isVisible: boolean) => void {
  const { data, components, kind } = scan;
  const built = new Map<HuffmanDefinition, number>();
  const build = (definition: HuffmanDefinition | undefined) => {
    if (definition === undefined) return 0;
    const known = built.get(definition);
    if (known !== undefined) return known;
    const table = layout.huffman + built.size * HUFFMAN_BYTES;
    bytes.set(definition, layout.definition);
    kernels.buildTable(table, layout.definition);
    built.set(definition, table);
    return table;
  };
  for (const { index, dc, ac } of components) {
    const { record } = layout.components[index]!;
    writeField(view, record, "component", "dcTable", build(dc));
    writeField(view, record, "component", "acTable", build(ac));
    writeField(view, record, "component", "prediction", 0);
  }
  const [only, second] = components;
  const address = layout.scan;
  writeRecord(view, address, "scan", {
    frame: layout.frame,
    kind: plan.isStored ? KINDS[kind] : 0,
    components: components.length,
    ...addressesOf(
      components.map(({ index }) => layout.components[index]!.record),
    ),
    columns: second ? plan.columns : plan.components[only!.index]!.blocksAcross,
    restartInterval: scan.restartInterval,
    firstCoefficient: scan.first,
    lastCoefficient: scan.last,
    shift: scan.shift,
  });

  let windowStart = 0; // In the data.
  const moveWindow = (start: number) => {
    windowStart = start;
    const part = data.subarray(start, start + WINDOW_BYTES);
    bytes.set(part, layout.window);
    writeField(view, address, "scan", "position", layout.window);
    writeField(view, address, "scan", "end", layout.window + part.length);
    const isLast = start + part.length === data.length;
    writeField(view, address, "scan", "isLast", Number(isLast));
  };
  moveWindow(0);
  return (row, isVisible) => {
    writeField(view, address, "scan", "row", row);
    writeField(view, address, "scan", "visible", Number(isVisible));
    while (!kernels.decodeRow(address)) {
      const position = readField(view, address, "scan", "position");
      moveWindow(windowStart + position - layout.window);
    }
  };
}

function addressesOf(records: readonly number[]) {
  const [component0 = 0, component1 = 0, component2 = 0, component3 = 0] =
    records;
  return { component0, component1, component2, component3 };
}
