import type { ReadImage } from "../../batch/image_reading.ts";
import {
  imageReader,
  type ImageReaderOptions,
  isRemote,
} from "../../batch/read_image.ts";

/** A reader of images that knows whether it waits for a server. */
export interface WatchedReader {
  readonly read: ReadImage;
  /**
   * Whether an image is being downloaded, which has limits of its own. It isn't while it
   * waits for room in memory: that is for other images to be done.
   */
  isWaiting(): boolean;
}

/** As `imageReader()`. */
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
