import type { CorruptImageError } from "../../errors.ts";
import { type PngKernels, withKernels } from "../png/kernels.ts";
import { planMemory, WINDOW_BYTES } from "../png/layout.ts";
import { STATUS } from "../png/modules/shared.ts";
import { corrupt, truncated } from "./errors.ts";
import type { OpenSource, Source } from "./sources.ts";

/** Bytes after the last row that are inflated at a time. */
const SURPLUS_BYTES = 1 << 12;

/**
 * Maximum surplus bytes after the last rows of all parts, in addition to the size of
 * their rows.
 */
const MAX_SURPLUS_BYTES = 16 << 20;

/**
 * Runs a function with the PNG decoder's kernels, which inflate rows of `rowBytes`. One
 * source is open at a time.
 *
 * @param allBytes The bytes of all parts together, inflated.
 */
export function withInflate<T>(
  rowBytes: number,
  allBytes: number,
  use: (open: OpenSource) => Promise<T>,
): Promise<T> {
  const layout = planMemory(0, Math.max(rowBytes, SURPLUS_BYTES));
  let surplusBytes = allBytes + MAX_SURPLUS_BYTES;
  const claimSurplus = (bytes: number) => {
    surplusBytes -= bytes;
    if (surplusBytes >= 0) return;
    throw corrupt("it is damaged: its data goes on far beyond its last row");
  };
  return withKernels(
    layout.bytes,
    (kernels) => use((data) => open(kernels, layout, data, claimSurplus)),
  );
}

function open(
  kernels: PngKernels,
  { window, output, outputEnd, rows: [row] }: ReturnType<typeof planMemory>,
  data: Uint8Array,
  claimSurplus: (bytes: number) => void,
): Source {
  const memory = new Uint8Array(kernels.memory.buffer);
  let at = 0;
  const feed = (kept: number) => {
    const part = data.subarray(at, at + WINDOW_BYTES - kept);
    memory.set(part, window + kept);
    at += part.length;
    kernels.feed(window, window + kept + part.length, at === data.length);
    return kept + part.length;
  };
  kernels.open(output, outputEnd);
  let stop = window + feed(0);
  const refill = () => {
    const position = kernels.position();
    memory.copyWithin(window, position, stop);
    stop = window + feed(stop - position);
  };
  return {
    fill(to) {
      while (true) {
        const status = kernels.readRow(row, to.length);
        if (status === STATUS.ready) break;
        if (status === STATUS.endedEarly) throw truncated();
        if (status !== STATUS.needsInput) throw notDeflate();
        refill();
      }
      to.set(memory.subarray(row, row + to.length));
    },
    finish() {
      let status = kernels.finish();
      if (status === STATUS.surplus) {
        status = kernels.readRow(row, SURPLUS_BYTES);
        if (status === STATUS.ready) {
          claimSurplus(SURPLUS_BYTES);
          return false;
        }
        // Either the stream ends, or its data does.
        if (status === STATUS.endedEarly) status = kernels.finish();
      }
      switch (status) {
        case STATUS.ready:
          return true;
        case STATUS.needsInput:
          refill();
          return false;
        case STATUS.damaged:
          throw notDeflate();
        default:
          throw corrupt("it is damaged: its data doesn't fit its checksum");
      }
    },
  };
}

function notDeflate(): CorruptImageError {
  return corrupt("it is damaged: its data isn't compressed as Deflate");
}
