/**
 * The live camera: frames for the classifier, and how many it answers a second.
 *
 * @module
 */

/** The longer side that the camera is asked for, in pixels: models see 299. */
const WIDTH = 1280;

/** How much the last frame counts in the rate that is shown. */
const SHARE = 0.15;

/** Whether there may be a camera: only on pages with TLS, and of this machine. */
export const HAS_CAMERA = Boolean(navigator.mediaDevices?.getUserMedia);

/**
 * Shows the camera and classifies frame after frame, until it is stopped or ends.
 *
 * @param {HTMLVideoElement} video
 * @param {object} watcher
 * @param {() => void} watcher.onStart
 * @param {() => boolean} watcher.isReady Whether a frame may be given.
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
  /** A page that isn't seen doesn't look. */
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
      // An answer that another classifier's start has cut off is asked for again.
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
    /** What is seen now, as a file; `null` before the first frame. */
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
