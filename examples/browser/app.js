/**
 * The page: events change its state (`state.js`), the view shows the state (`view.js`),
 * and the classifier runs the job that the state needs next. Answers are kept only in
 * the state.
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

/** The problems with which a classifier ends. */
const ENDS = ["aborted", "hung", "worker"];

const settings = document.getElementById("settings");

let state = START;
let classifier;
/** Called when the next classifier starts. */
const starts = [];
/** The current job; `aborting` aborts it. */
let job = null;
let aborting;
/** Settles when the last classifier's model is loaded, or has failed to load. */
let downloaded = Promise.resolve();
let camera;
/** The host's models, requested until they have loaded; `entry` is the one in use. */
let models;
let entry;
/** 1 after a classifier hung at its start: starting threads can hang in some browsers. */
let threads = "auto";

const offline = workOffline(() => state === START || isIdle());
const view = createView({
  ask: (index) => dispatch({ type: "ask", index }),
  open: (photo) => dispatch({ type: "open", photo }),
  close: () => dispatch({ type: "close" }),
  retry: () => restart(),
  preview,
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

/** The selected model; without a choice, the only one. */
function entryOf({ model = 0 }) {
  return models?.[model];
}

function isIdle() {
  return state.photos.length === 0 && !state.live;
}

/** Starts the selected classifier, and discards the answers of the one before. */
async function restart() {
  dispatch({ type: "choose" });
  const { run } = state;
  const report = (type) => (details) => dispatch({ type, run, ...details });
  const fail = (problem) => dispatch({ type: "broken", run, problem });
  // Ending a classifier would discard the part of the model that it has downloaded.
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
    for (const start of starts.splice(0)) start();
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

/** Decodes a photo for display. A classifier that ends leaves this to the next one. */
async function preview(file) {
  while (state.photos.some((it) => it.file === file)) {
    const asked = classifier;
    try {
      if (asked) return await asked.preview(file);
    } catch (problem) {
      if (!ENDS.includes(problem.code)) throw problem;
    }
    if (asked === classifier) {
      await new Promise((resolve) => starts.push(resolve));
    }
  }
  throw { code: "aborted", message: "the photo is no longer on display" };
}

/**
 * Runs the jobs that the state needs, one at a time, and aborts one that it no longer
 * needs.
 */
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
      ? { type: "broken", problem } // It can't answer any more.
      : { type: isMap ? "unexplained" : "refused", index, problem };
  }
  job = null;
  if (event.problem?.code !== "aborted") dispatch({ ...event, run, photo });
  work();
}

/** Watches the camera: each frame is classified as soon as the last answer has come. */
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
  const mine = camera;
  const picture = await mine.picture();
  // Photos that come in the meantime take precedence.
  const isLate = camera !== mine || state.photos.length > 0;
  if (picture && !isLate) dispatch({ type: "take", files: [picture] });
});
addEventListener("change", ({ target }) => {
  if (target.form === settings) restart();
});
addEventListener("online", () => {
  if (state.engine.phase === "failed") restart();
});

restart();
