/**
 * The page: takes photos and choices, and shows answers.
 *
 * @module
 */
import { showAnswer, showMachine } from "./answer.js";
import { startClassifier } from "./classifier.js";
import { explain } from "./explain.js";

const find = (id) => document.getElementById(id);
const drop = find("drop");
const preview = find("preview");
const problem = find("problem");
const settings = find("settings");

/** Whether the page itself is kept: `sw.js` does that, where it may. */
const offline = navigator.serviceWorker?.register("sw.js")
  .then(() => navigator.serviceWorker.ready).then(() => true, () => false);

let classifier;
/** Resolves when the model has been downloaded, or hasn't. */
let downloaded;
let photo;
// What was asked last is shown, and nothing that was asked before and comes later.
let choices = 0;
let turns = 0;

/** Ends the classifier that there is and starts the one that is chosen. */
async function restart() {
  const choice = ++choices;
  await downloaded; // Its end would throw away what has come.
  if (choice !== choices) return;
  classifier?.end();
  tell("Loading the model");
  downloaded = new Promise((resolve) => {
    const chosen = Object.fromEntries(new FormData(settings));
    classifier = startClassifier(chosen, showProgress, (kept) => {
      resolve();
      tellOffline(kept);
    });
    classifier.ready.then(resolve, resolve);
  });
  await run();
}

/** Classifies the photo, or waits for one. */
async function run() {
  const turn = ++turns;
  problem.replaceChildren();
  try {
    const machine = await classifier.ready;
    if (turn !== turns) return;
    find("download").hidden = true;
    showMachine(machine);
    if (photo === undefined) return tell("Ready for a photo");
    tell("Looking at the photo");
    const answer = await classifier.classify(photo);
    if (turn !== turns) return;
    showAnswer(answer, showWhere);
    // A model with a sigmoid may find no label likely enough.
    const [best] = answer.classes;
    tell(
      best
        ? `${best.label}, ${Math.round(100 * best.probability)} percent`
        : "No label reaches 50 percent",
    );
  } catch (error) {
    if (turn === turns) showProblem(error);
  }
}

/** Shows where in the photo a class is seen, or the photo again. */
async function showWhere({ label, index }, button) {
  const turn = ++turns;
  const isShown = button.ariaPressed === "true";
  for (const it of document.querySelectorAll("#classes button")) {
    it.ariaPressed = "false";
  }
  if (isShown) {
    show(photo);
    return tell("The photo");
  }
  tell(`Looking where ${label} is`);
  try {
    const picture = await classifier.explain(photo, index);
    if (turn !== turns) return;
    button.ariaPressed = "true";
    show(picture);
    tell(`The lighter, the more speaks for ${label}`);
  } catch (error) {
    if (turn === turns) showProblem(error);
  }
}

function show(picture) {
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(picture);
  preview.hidden = false;
}

function take(file) {
  if (file === undefined || file === null) return;
  photo = file;
  show(file);
  run();
}

function tell(text) {
  find("status").textContent = text;
}

async function tellOffline(kept) {
  const works = kept && await offline;
  find("offline").textContent = works ? "From now on it works offline." : "";
}

function showProgress(done, total) {
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  find("download").hidden = done === total;
  find("progress").max = total;
  find("progress").value = done;
  find("amount").textContent = `${megabytes(done)} of ${megabytes(total)} MB`;
}

function showProblem(error) {
  for (const id of ["download", "classes", "facts"]) find(id).hidden = true;
  tell("");
  const [words, details, summary] = ["p", "details", "summary"].map((it) =>
    document.createElement(it)
  );
  words.textContent = explain(error);
  summary.textContent = "In the package's words";
  details.append(summary, error.message);
  problem.replaceChildren(words, details);
}

for (const input of [find("file"), find("camera")]) {
  input.addEventListener("change", () => {
    take(input.files[0]);
    input.value = ""; // The same file may be chosen again.
  });
}
// A format that the browser doesn't show may still be one that can be read.
preview.addEventListener("error", () => preview.hidden = true);
settings.addEventListener("change", restart);
addEventListener("paste", (event) => take(event.clipboardData.files[0]));
addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
addEventListener("dragleave", () => drop.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  take(event.dataTransfer.files[0]);
});

restart();
