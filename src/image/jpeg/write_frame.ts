import type { Layout } from "./layout.ts";
import {
  COEFFICIENTS,
  COLOR,
  COMPONENT,
  FRAME,
  NOWHERE,
} from "./modules/shared.ts";
import type { ParsedJpeg } from "./parse.ts";
import type { Plan } from "./plan.ts";
import { componentAddresses, type WasmMemory, writeFields } from "./records.ts";
import { ZIGZAG } from "./zigzag.ts";

/** Writes the records that stay the same for an image: its frame and components. */
export function writeFrame(
  memory: WasmMemory,
  { colorSpace, quantization }: ParsedJpeg,
  { components, region, firstColumn, endColumn }: Plan,
  layout: Layout,
): void {
  const { bytes, view } = memory;
  bytes.fill(0, layout.scan, layout.huffman);
  writeFields(memory, layout.frame, FRAME, {
    components: components.length,
    ...componentAddresses(layout.components.map(({ record }) => record)),
    color: COLOR[colorSpace],
    left: region.left,
    right: region.right,
    firstColumn,
    endColumn,
    block: layout.block,
    lines: layout.lines,
    lineBytes: layout.lineBytes,
  });
  components.forEach((component, i) => {
    const { record, factors, places, ...rest } = layout.components[i]!;
    writeFields(memory, record, COMPONENT, {
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
      view.setUint8(places + k, placeInBlock(k, component.side));
    }
  });
}

/** The index of a coefficient in a block of `side` x `side`. */
function placeInBlock(k: number, side: number): number {
  const natural = ZIGZAG[k] ?? NOWHERE * 8;
  const row = natural >> 3;
  const column = natural & 7;
  return row < side && column < side ? row * side + column : NOWHERE;
}

/** Which of 32 coefficients have a place. */
function neededBits(side: number, first: number): number {
  let bits = 0;
  for (let i = 0; i < 32; i++) {
    if (placeInBlock(first + i, side) !== NOWHERE) bits |= 1 << i;
  }
  return bits;
}
