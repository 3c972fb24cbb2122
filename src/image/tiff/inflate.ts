import { type PngKernels, withKernels } from "../png/kernels.ts";
import { planMemory, WINDOW_BYTES } from "../png/layout.ts";
import { STATUS } from "../png/modules/shared.ts";
import { corrupt, truncated } from "./errors.ts";
import type { OpenSource, Source } from "./sources.ts";

/**
 * Runs a function with the PNG decoder's kernels, which inflate rows of `rowBytes`. One
 * source is open at a time.
 */
export function withInflate<T>(
  rowBytes: number,
  use: (open: OpenSource) => Promise<T>,
): Promise<T> {
  const layout = planMemory(0, rowBytes);
  return withKernels(
    layout.bytes,
    (kernels) => use((data) => open(kernels, layout, data)),
  );
}

function open(
  kernels: PngKernels,
  { window, output, outputEnd, rows: [row] }: ReturnType<typeof planMemory>,
  data: Uint8Array,
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
        if (status !== STATUS.needsInput) {
          throw corrupt("it is damaged: its data isn't compressed as Deflate");
        }
        refill();
      }
      to.set(memory.subarray(row, row + to.length));
    },
    finish() {
      let status = kernels.finish();
      while (status === STATUS.needsInput) {
        refill();
        status = kernels.finish();
      }
      // What follows the last row is ignored, as in libtiff.
      if (status === STATUS.badChecksum) {
        throw corrupt("it is damaged: its data doesn't fit its checksum");
      }
    },
  };
}
