/**
 * Renders the page's state. Each part is redrawn only when its content changes.
 *
 * @module
 */
import { explain } from "./explain.js";
import { showClasses, showFacts } from "./answer.js";
import { createStage } from "./stage.js";
import { createTiles } from "./tiles.js";
import { scene } from "./state.js";
import { megabytes, statusOf } from "./words.js";

const find = (id) => document.getElementById(id);

/**
 * The page's view.
 *
 * @param {object} on Called when something is tapped.
 * @param {(index: number) => void} on.ask Gets the index of a class.
 * @param {(photo: number) => void} on.open Gets the id of one of several photos.
 * @param {() => void} on.close
 * @param {() => void} on.retry
 * @param {(file: Blob) => Promise<object>} on.preview Decodes a photo that the browser
 * can't show.
 */
export function createView(on) {
  const stage = createStage(on);
  const tiles = createTiles(on);
  let last = {};

  find("back").addEventListener("click", on.close);

  return {
    video: find("video"),

    /** Renders a state with the current settings. */
    show(state, settings) {
      const it = scene(state);
      const { mode, answer, pressed, problem } = it;
      document.body.dataset.mode = mode;
      document.body.dataset.problem = problem?.code ?? "";
      // The status is visible elsewhere, too: it is for screen readers then.
      const isQuiet = mode === "empty"
        ? state.engine.phase === "ready"
        : mode === "live"
        ? Boolean(answer)
        : mode === "one" && answer?.classes[0]?.probability >= 0.5;
      find("status").classList.toggle("unseen", isQuiet);
      find("done").hidden = mode !== "many" || it.done === state.photos.length;
      find("done").max = state.photos.length;
      find("done").value = it.done;
      find("back").hidden = mode !== "one" || state.photos.length < 2;
      find("choose").textContent = mode === "empty"
        ? "Choose photos"
        : "Other photos";
      stage.show(it, state.live);
      if (last.photos !== state.photos || last.mode !== mode) {
        tiles.show(mode === "many" ? state.photos : []);
      }
      if (last.answer !== answer || last.mode !== mode) {
        showClasses(answer, mode === "live" ? null : on.ask);
      }
      press(pressed);
      find("how").hidden = !answer?.classes.length || mode === "live";
      showFacts(answer?.timings, state.engine.machine);
      showDownload(state.engine);
      if (last.problem !== problem) showProblem(problem, settings, on.retry);
      const status = statusOf(state);
      if (find("status").textContent !== status) {
        find("status").textContent = status;
      }
      last = { photos: state.photos, mode, answer, problem };
    },

    /** Shows the purpose of a model. */
    describe({ title, purpose }) {
      find("title").textContent = title;
      find("purpose").textContent = purpose;
    },
  };
}

/** Fills the list of models, if the host has several. */
export function fillModels(models) {
  const labels = models.map(({ name }, i) => {
    const [label, input] = ["label", "input"].map((it) =>
      document.createElement(it)
    );
    Object.assign(input, {
      type: "radio",
      name: "model",
      value: i,
      checked: i === 0,
    });
    input.setAttribute("form", "settings");
    label.append(input, name);
    return label;
  });
  find("models").append(...labels);
  find("models").hidden = models.length < 2;
}

function press(index) {
  for (const button of document.querySelectorAll("#classes button")) {
    // button.ariaPressed doesn't exist in Firefox before 119.
    const isPressed = Number(button.dataset.index) === index;
    button.setAttribute("aria-pressed", isPressed);
  }
}

function showDownload({ phase, done, total }) {
  const isComing = phase === "loading" && done !== undefined && done < total;
  find("download").hidden = !isComing;
  if (!isComing) return;
  find("progress").max = total;
  find("progress").value = done;
  find("amount").textContent = `${megabytes(done)} of ${megabytes(total)} MB`;
}

function showProblem(problem, { backend }, retry) {
  if (!problem) return find("problem").replaceChildren();
  const { words, action } = explain(problem, {
    backend,
    isOnline: navigator.onLine,
  });
  const [text, button, details, summary] = [
    "p",
    "button",
    "details",
    "summary",
  ].map((it) => document.createElement(it));
  text.textContent = words;
  button.type = "button";
  button.textContent = action === "retry" ? "Try again" : "Reload the page";
  button.addEventListener(
    "click",
    action === "retry" ? retry : () => location.reload(),
  );
  summary.textContent = "For experts";
  details.append(summary, problem.message);
  find("problem").replaceChildren(text, ...action ? [button] : [], details);
}
