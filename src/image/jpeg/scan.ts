import type { Frame } from "./frame.ts";
import type { SCAN_KIND } from "./modules/shared.ts";
import { corrupt } from "./segments.ts";
import type { HuffmanDefinition } from "./tables.ts";

/** A scan: some coefficients of some components. */
export interface Scan {
  /** The contents of its blocks. */
  readonly kind: ScanKind;
  readonly components: readonly ScanComponent[];
  /** The first coefficient and the last one, in zigzag order. */
  readonly first: number;
  readonly last: number;
  /** The lowest bit of its coefficients: Al. */
  readonly shift: number;
  /** MCUs between two restart markers; 0 for none. */
  readonly restartInterval: number;
  /** Entropy-coded, with restart markers. */
  readonly data: Uint8Array;
}

type ScanKind = Exclude<keyof typeof SCAN_KIND, "immediate">;

export interface ScanComponent {
  /** Its index in the frame. */
  readonly index: number;
  /** Defined if the kind of scan needs it. */
  readonly dc: HuffmanDefinition | undefined;
  readonly ac: HuffmanDefinition | undefined;
}

/** The current Huffman tables, by their number. */
export type HuffmanTables = Readonly<
  Record<"dc" | "ac", readonly (HuffmanDefinition | undefined)[]>
>;

/** T.81, B.2.3: the most blocks of an MCU. */
const MAX_MCU_BLOCKS = 10;
const MAX_SHIFT = 13;

/** Reads a scan header, for the tables at its point of the file: T.81, B.2.3, G.1.1. */
export function readScanHeader(
  body: Uint8Array,
  { components, isProgressive }: Frame,
  tables: HuffmanTables,
): Omit<Scan, "restartInterval" | "data"> {
  const count = body[0] ?? 0;
  const at = 1 + 2 * count;
  if (count < 1 || count > components.length || body.length < at + 3) {
    throw corrupt("a scan header is invalid");
  }
  const [first, last, bits] = isProgressive
    ? [body[at]!, body[at + 1]!, body[at + 2]!]
    : [0, 63, 0];
  const high = bits >> 4;
  const shift = bits & 15;
  const kind = isProgressive
    ? `${high === 0 ? "first" : "refine"}${first === 0 ? "Dc" : "Ac"}` as const
    : "sequential";
  if (isProgressive) {
    const isBand = first === 0
      ? last === 0
      : first <= last && last <= 63 && count === 1;
    if (!isBand || shift > MAX_SHIFT || (high !== 0 && shift !== high - 1)) {
      throw corrupt(
        `a scan has coefficients ${first} to ${last}, bits ${high} to ${shift}`,
      );
    }
  }

  const chosen: ScanComponent[] = [];
  let blocks = 0;
  for (let i = 0; i < count; i++) {
    const id = body[1 + 2 * i]!;
    const selectors = body[2 + 2 * i]!;
    const index = components.findIndex((it, index) =>
      it.id === id && !chosen.some((other) => other.index === index)
    );
    if (index < 0) throw corrupt(`a scan names component ${id}`);
    const dc = tables.dc[selectors >> 4];
    const ac = tables.ac[selectors & 15];
    const needsDc = kind === "sequential" || kind === "firstDc";
    const needsAc = kind !== "firstDc" && kind !== "refineDc";
    if ((needsDc && !dc) || (needsAc && !ac)) {
      throw corrupt("a scan needs a Huffman table that isn't there");
    }
    chosen.push({ index, dc, ac });
    blocks += components[index]!.h * components[index]!.v;
  }
  if (count > 1 && blocks > MAX_MCU_BLOCKS) {
    throw corrupt(`a scan has MCUs of ${blocks} blocks`);
  }
  return { kind, components: chosen, first, last, shift };
}
