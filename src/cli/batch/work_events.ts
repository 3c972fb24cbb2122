import { UnreachableImageError } from "../../batch/faults.ts";
import { type BatchPlan, shardName } from "../../batch/plan.ts";
import type { WorkEvents } from "../../batch/work.ts";
import { counted } from "../../text/numbers.ts";
import { remaining } from "../remaining.ts";
import type { Terminal } from "../terminal.ts";
import type { Watchdog } from "./watchdog.ts";

/**
 * Shows how far a worker is: on a terminal by a bar of the whole run, in a log by a line
 * for each shard.
 *
 * @param before How many images of the run are done already.
 */
export function workEvents(
  io: Terminal,
  { images: { count: total } }: BatchPlan,
  before: number,
  watchdog: Watchdog,
): Required<WorkEvents> & Disposable {
  const start = performance.now();
  const isLog = !io.streams.stderr.isTerminal();
  /** Images of the run that are done, and those of them that were done here. */
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
      // Rows say it themselves, but for what differs between machines.
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
      io.tell(
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
      // In the end all that were given up are told.
      if (isGivenUp) return;
      io.tellWarning(
        `${shardName(number)} failed, and is tried again: ${message}`,
      );
    },
    onIdle: end,
    [Symbol.dispose]: progress.clear,
  };
}
