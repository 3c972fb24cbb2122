import { countImages, type FoundImages } from "./found_images.ts";
import type { Progress, Terminal } from "./terminal.ts";

/** Shows progress over images. An earlier run has done `before` of them. */
export function showRemaining(io: Terminal, before = 0): Progress {
  const start = performance.now();
  return io.showProgress((done, total) => {
    const seconds = (performance.now() - start) / 1000;
    const estimate = remaining(done - before, total - done, seconds);
    const images = `${done} of ${total} images`;
    return estimate === "" ? images : `${images}, ${estimate}`;
  });
}

/**
 * Shows the number of finished images, and the total once it is counted.
 *
 * @param before The number of images done by an earlier run.
 */
export function showRate(io: Terminal, images: FoundImages, before: number) {
  const start = performance.now();
  const progress = io.showProgress((done, total) => {
    const rate = (done - before) / (performance.now() - start) * 1000;
    const all = total === Infinity ? "" : `of ${total} `;
    return `${done} ${all}images, ${rate.toFixed(1)} a second`;
  });
  const counting = new AbortController();
  let total = Infinity;
  const isCounted = images.atLeast > 1 && images.canWalk && !io.isQuiet;
  if (isCounted && io.streams.stderr.isTerminal()) {
    countImages(images, counting.signal)
      .then((count) => total = count, () => {}); // Reading the images reports the error.
  }
  return {
    update(done: number) {
      if (images.atLeast > 1) progress.update(done, Math.max(done, total));
    },
    clear: progress.clear,
    [Symbol.dispose]() {
      counting.abort();
      progress.clear();
    },
  };
}

/** `2.5 a second, 3 min left`, if `done` took `seconds`; empty if nothing is done. */
export function remaining(done: number, left: number, seconds: number): string {
  if (done <= 0 || seconds <= 0) return "";
  const rate = done / seconds;
  return `${rate.toFixed(1)} a second, ${duration(left / rate)} left`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
