import type { ReadImage } from "../../batch/image_reading.ts";
import {
  imageReader,
  type ImageReaderOptions,
  isRemote,
} from "../../batch/read_image.ts";

/** An image reader that reports whether it is waiting for a server. */
export interface WatchedReader {
  readonly read: ReadImage;
  /**
   * Whether an image is being downloaded. Downloads have time limits of their own. Waiting
   * for room in memory doesn't count, as that depends on other images.
   */
  isWaiting(): boolean;
}

/** Creates an `imageReader()` that reports whether it is waiting. */
export function watchedReader(options: ImageReaderOptions): WatchedReader {
  const read = imageReader(options);
  let waiting = 0;
  return {
    isWaiting: () => waiting > 0,
    async read(url, reading) {
      if (!isRemote(url)) return await read(url, reading);
      const reserve = async (bytes: number) => {
        waiting--;
        try {
          await reading.reserve?.(bytes);
        } finally {
          waiting++;
        }
      };
      waiting++;
      try {
        return await read(url, { ...reading, reserve });
      } finally {
        waiting--;
      }
    },
  };
}
