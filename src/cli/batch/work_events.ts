import { UnreachableImageError } from "../../batch/faults.ts";
import { type BatchPlan, shardName } from "../../batch/plan.ts";
import type { WorkEvents } from "../../batch/work.ts";
import { counted } from "../../text/numbers.ts";
import { remaining } from "../remaining.ts";
import type { Terminal } from "../terminal.ts";
import type { Watchdog } from "./watchdog.ts";

/**
 * Shows the progress of a worker: as a bar for the whole run on a terminal, and as a line
 * per shard in a log.
 *
 * @param before The number of the run's images that are done already.
 */
export function workEvents(
  io: Terminal,
  { images: { count: total } }: BatchPlan,
  before: number,
  watchdog: Watchdog,
): Required<WorkEvents> & Disposable {
  const start = performance.now();
  const isLog = !io.streams.stderr.isTerminal();
  /** The run's images that are done, and those that were done here. */
  let done = before;
  let here = 0;
  let inHand = 0;
  let shard = "";
  let begin = 0;
  const progress = io.showProgress(() => {
    const left = total - done - inHand;
    const seconds = (performance.now() - start) / 1000;
    const images = `${done + inHand} of ${counted(total, "image")}`;
    const estimate = remaining(here + inHand, left, seconds);
    return estimate === "" ? images : `${images}, ${estimate}`;
  });
  const update = () => progress.update(done + inHand, total);
  const end = () => {
    inHand = 0;
    watchdog.end();
  };
  return {
    onBegin(number) {
      shard = shardName(number);
      begin = performance.now();
      watchdog.begin(`shard ${shard}`);
    },
    onProgress(count) {
      inHand = count;
      watchdog.progress();
      update();
    },
    onImageFailed(_, error) {
      // Other errors are in the result rows. This one's text may differ between machines.
      if (!(error instanceof UnreachableImageError)) return;
      io.tell(`${shard}: ${error.message}`);
    },
    onDone(_, { images, failed }) {
      end();
      done += images;
      here += images;
      update();
      if (!isLog) return;
      const rate = images / (performance.now() - begin) * 1000;
      io.tellNote(
        `${shard}: ${counted(images, "image")}, ${failed} failed, ${
          rate.toFixed(1)
        } images a second`,
      );
    },
    onSkipped(_, { images }) {
      done += images;
      update();
    },
    onFailed(number, { message }, isGivenUp) {
      end();
      // Shards that are given up are reported at the end.
      if (isGivenUp) return;
      io.tellWarning(
        `${shardName(number)} failed, and is tried again: ${message}`,
      );
    },
    onIdle: end,
    [Symbol.dispose]: progress.clear,
  };
}
