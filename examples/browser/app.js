/**
 * The page: events change its state (`state.js`), the state is shown (`view.js`), and
 * the classifier does what the state wants next. Nothing else holds an answer.
 *
 * @module
 */
import { watchCamera } from "./camera.js";
import { startClassifier } from "./classifier.js";
import { drawnBitmap } from "./drawn.js";
import { takeFiles } from "./intake.js";
import { workOffline } from "./offline.js";
import { forgetPictures } from "./pictures.js";
import { isUseful, next, START, wanted } from "./state.js";
import { createView, fillModels } from "./view.js";

const settings = document.getElementById("settings");

let state = START;
let classifier;
/** The job in hand, and what aborts it. */
let job = null;
let aborting;
/** When the model of the last classifier has come, whatever became of it. */
let downloaded = Promise.resolve();
let camera;
/** The host's models, asked for until they are there, and the one that runs. */
let models;
let entry;
/** 1 once a classifier hung while it started, as browsers may when threads start. */
let threads = "auto";

const offline = workOffline(() => state === START || isIdle());
const view = createView({
  ask: (index) => dispatch({ type: "ask", index }),
  open: (photo) => dispatch({ type: "open", photo }),
  close: () => dispatch({ type: "close" }),
  retry: () => restart(),
  preview: (file) => classifier.preview(file),
});

function dispatch(event) {
  const before = state;
  state = next(state, event);
  if (state === before) return;
  if (before.photos !== state.photos) forgetPictures(state.photos);
  if (before.live && !state.live) camera?.stop();
  view.show(state, chosen());
  work();
}

function chosen() {
  return Object.fromEntries(new FormData(settings));
}

/** The model that is chosen; where there is no choice, the only one. */
function entryOf({ model = 0 }) {
  return models?.[model];
}

function isIdle() {
  return state.photos.length === 0 && !state.live;
}

/** Starts the classifier that is chosen, and forgets what another one said. */
async function restart() {
  dispatch({ type: "choose" });
  const { run } = state;
  const report = (type) => (details) => dispatch({ type, run, ...details });
  const fail = (problem) => dispatch({ type: "broken", run, problem });
  // The end of a classifier throws away what has come of its model.
  if (entryOf(chosen()) === entry) await downloaded;
  if (run !== state.run) return;
  classifier?.end();
  offline.tell(false);
  try {
    models ??= await loadModels();
  } catch (error) {
    return fail({ code: "page-file", message: error.message });
  }
  if (run !== state.run) return;
  const choice = chosen();
  entry = entryOf(choice);
  const files = models.map(({ file }) => file);
  view.describe(entry);
  downloaded = new Promise((resolve) => {
    try {
      classifier = startClassifier(
        { ...choice, model: entry, files, threads },
        report("progress"),
        (isKept) => {
          resolve();
          offline.tell(isKept && choice.backend !== "tfjs-wasm");
        },
      );
    } catch (error) {
      resolve();
      return fail({ code: "worker", message: error.message });
    }
    classifier.ready.then((machine) => {
      resolve();
      dispatch({ type: "ready", run, machine });
    }, (problem) => {
      resolve();
      if (problem.code === "hung" && threads !== 1) {
        threads = 1;
        if (run === state.run) restart();
      } else fail(problem);
    });
  });
}

async function loadModels() {
  const response = await fetch(new URL("model.json", import.meta.url));
  if (!response.ok) throw new Error(`model.json: ${response.status}`);
  const { models } = await response.json();
  fillModels(models);
  return models;
}

/** Does what the state wants, one job at a time; one of no more use is aborted. */
async function work() {
  if (job && !isUseful(state, job)) aborting.abort();
  if (job) return;
  job = wanted(state);
  if (job === null) return;
  const { kind, run, photo, index, file } = job;
  aborting = new AbortController();
  const { signal } = aborting;
  const isMap = kind === "explain";
  const ask = (picture) =>
    isMap
      ? classifier.explain(picture, index, signal)
      : classifier.classify(picture, signal);
  let event;
  try {
    const result = await ask(file).catch(async (problem) => {
      const drawn = problem.code === "unsupported-image" &&
        await drawnBitmap(file);
      if (!drawn) throw problem;
      return await ask(drawn);
    });
    event = isMap
      ? { type: "explained", index, drawing: result }
      : { type: "answered", answer: result };
  } catch (problem) {
    event = problem.code === "worker"
      ? { type: "broken", problem } // It answers nothing any more.
      : { type: isMap ? "unexplained" : "refused", index, problem };
  }
  job = null;
  if (event.problem?.code !== "aborted") dispatch({ ...event, run, photo });
  work();
}

/** The live camera: each frame is asked about as soon as the last one is answered. */
function watch() {
  dispatch({ type: "watch" });
  camera?.stop();
  camera = watchCamera(view.video, {
    onStart: () => dispatch({ type: "watching" }),
    isReady: () => state.engine.phase === "ready",
    async classify(frame) {
      const { run } = state;
      const answer = await classifier.classify(frame);
      return (rate) => dispatch({ type: "seen", run, answer, rate });
    },
    onEnd: (problem) => dispatch({ type: "unwatched", problem }),
  });
}

takeFiles({
  take: (files) => dispatch({ type: "take", files }),
  fail: (problem) => dispatch({ type: "mistake", problem }),
});
document.getElementById("watch").addEventListener("click", watch);
document.getElementById("stop").addEventListener(
  "click",
  () => dispatch({ type: "unwatched" }),
);
document.getElementById("keep").addEventListener("click", async () => {
  const picture = await camera.picture();
  if (picture) dispatch({ type: "take", files: [picture] });
});
addEventListener("change", ({ target }) => {
  if (target.form === settings) restart();
});
addEventListener("online", () => {
  if (state.engine.phase === "failed") restart();
});

restart();
