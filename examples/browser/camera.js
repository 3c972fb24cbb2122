/**
 * The live camera: passes frames to the classifier, and measures the frame rate.
 *
 * @module
 */

/** The requested longer side of a frame, in pixels; models see 299. */
const WIDTH = 1280;

/** The weight of the last frame in the displayed frame rate, a moving average. */
const SHARE = 0.15;

/** Whether a camera is available: browsers allow it only with TLS or on localhost. */
export const HAS_CAMERA = Boolean(navigator.mediaDevices?.getUserMedia);

/**
 * Shows the camera and classifies one frame after the other, until stopped or ended.
 *
 * @param {HTMLVideoElement} video
 * @param {object} watcher
 * @param {() => void} watcher.onStart
 * @param {() => boolean} watcher.isReady Whether the classifier can accept a frame.
 * @param {(frame: ImageBitmap) => Promise<(rate: number) => void>} watcher.classify
 * @param {(problem?: { code: string, message: string }) => void} watcher.onEnd Called
 * unless it is stopped.
 */
export function watchCamera(video, { onStart, isReady, classify, onEnd }) {
  let stream;
  let isStopped = false;

  function stop() {
    isStopped = true;
    stream?.getTracks().forEach((it) => it.stop());
    video.srcObject = null;
    document.removeEventListener("visibilitychange", endUnseen);
  }
  function end(problem) {
    if (isStopped) return;
    stop();
    onEnd(problem);
  }
  /** Ends the camera when the page is hidden. */
  function endUnseen() {
    if (document.hidden) end();
  }

  async function run() {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: WIDTH } },
    });
    if (isStopped) return stop();
    document.addEventListener("visibilitychange", endUnseen);
    stream.getVideoTracks()[0].addEventListener("ended", () => end());
    video.srcObject = stream;
    await video.play();
    onStart();
    let [last, mean] = [performance.now(), 0];
    while (!isStopped) {
      if (!isReady() || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        last = performance.now();
        continue;
      }
      // A frame is skipped if its answer is cut off by the start of another classifier.
      const show = await classify(await createImageBitmap(video))
        .catch((problem) => {
          if (problem.code !== "aborted") throw problem;
        });
      if (isStopped || !show) continue;
      const now = performance.now();
      mean = mean ? mean + SHARE * (now - last - mean) : now - last;
      last = now;
      show(1000 / mean);
    }
  }

  run().catch((error) =>
    end({ code: error.code || error.name, message: error.message })
  );
  return {
    stop,
    /** The current frame as a file; `null` before the first frame. */
    async picture() {
      if (!video.videoWidth) return null;
      const canvas = document.createElement("canvas");
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      canvas.getContext("2d").drawImage(video, 0, 0);
      const blob = await new Promise((resolve) =>
        canvas.toBlob(resolve, "image/png")
      );
      return new File([blob], "the picture", { type: "image/png" });
    },
  };
}
