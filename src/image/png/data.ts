import { CHUNKS, chunks, corrupt } from "./chunks.ts";
import type { PngKernels } from "./kernels.ts";
import { type Layout, WINDOW_BYTES } from "./layout.ts";
import { crc32 } from "../../io/crc32.ts";
import { STATUS } from "./modules/shared.ts";
import { assertSame, type ParsedPng } from "./parse.ts";

/** The inflated data of a PNG. */
export type Data = ReturnType<typeof openData>;

/**
 * Opens the data of a PNG or of one of its frames. It is read and checked window by
 * window.
 */
export function openData(
  kernels: PngKernels,
  layout: Layout,
  bytes: Uint8Array,
  { start, type }: ParsedPng["data"],
) {
  const memory = new Uint8Array(kernels.memory.buffer);
  const { window } = layout;
  const rest = chunks(bytes, start);
  /** A frame's data begins with a number in the sequence of chunks. */
  const prefix = type === CHUNKS.fdAT ? 4 : 0;
  let at = 0;
  let end = 0;
  let crc = 0;
  let isLast = false;
  let stop = window;

  /** Advances to the next data chunk. */
  const nextChunk = () => {
    for (let it = rest.next(); !it.done; it = rest.next()) {
      if (prefix > 0 && it.value.type === CHUNKS.fcTL) break; // The next frame's.
      if (it.value.type !== type) continue;
      const { start } = it.value;
      at = start + prefix;
      end = it.value.end;
      if (at > end) {
        throw corrupt("it is damaged: a frame's data has no number");
      }
      crc = crc32(bytes, start - 4, at); // With the chunk's name.
      if (at < end) return;
      assertSame(crc >>> 0, bytes, end, type);
    }
    isLast = true;
  };
  /** Fills the window behind the `kept` bytes at its beginning. */
  const fill = (kept: number) => {
    stop = window + kept;
    while (!isLast && stop < window + WINDOW_BYTES) {
      const room = window + WINDOW_BYTES - stop;
      const part = bytes.subarray(at, Math.min(at + room, end));
      memory.set(part, stop);
      crc = kernels.crc32(crc, stop, part.length);
      stop += part.length;
      at += part.length;
      if (at < end) continue;
      assertSame(crc >>> 0, bytes, end, type);
      nextChunk();
    }
  };
  const refill = () => {
    const position = kernels.position();
    memory.copyWithin(window, position, stop);
    fill(stop - position);
    kernels.feed(window, stop, isLast);
  };

  nextChunk();
  fill(0);
  kernels.open(layout.output, layout.outputEnd);
  kernels.feed(window, stop, isLast);
  let isChecked = false;
  return {
    /** Reads the next row; call it again if the row isn't complete. */
    read(to: number, count: number): boolean {
      const status = kernels.readRow(to, count);
      if (status === STATUS.needsInput) refill();
      else if (status !== STATUS.ready) throw damaged(status);
      return status === STATUS.ready;
    },
    /**
     * Checks the end of the stream and the checksums after all rows are read; call it
     * again until it returns true. Surplus data isn't inflated, as in libpng, so only
     * its CRC-32 is checked.
     */
    finish(): boolean {
      if (!isChecked) {
        const status = kernels.finish();
        if (status === STATUS.needsInput) refill();
        else if (status !== STATUS.ready && status !== STATUS.surplus) {
          throw damaged(status);
        }
        isChecked = status !== STATUS.needsInput;
      } else if (!isLast) fill(0);
      return isChecked && isLast;
    },
  };
}

function damaged(status: number) {
  switch (status) {
    case STATUS.endedEarly:
      return corrupt("it is damaged: its data ends before its last row");
    case STATUS.badChecksum:
      return corrupt("it is damaged: its data doesn't fit its checksum");
    default:
      return corrupt("it is damaged: its data isn't compressed as a PNG's");
  }
}
