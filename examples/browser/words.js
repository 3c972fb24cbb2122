/**
 * Texts for users: class names, percentages, and the current status.
 *
 * @module
 */
import { scene } from "./state.js";

/** The display name of a class: many models use names like `Welsh_springer_spaniel`. */
export function className(label) {
  return label.replaceAll("_", " ").trim() || label;
}

/** Formats a probability; only exact values show as 0% or 100%. */
export function percent(probability) {
  if (probability > 0 && probability < 0.001) return "<0.1%";
  if (probability < 1 && probability >= 0.9995) return ">99.9%";
  return `${(100 * probability).toFixed(1)}%`;
}

/** The status line; screen readers announce changes. */
export function statusOf(state) {
  const { mode, photo, answer, map, pressed, problem, done } = scene(state);
  const { engine, photos, live } = state;
  if (problem) return "";
  if (live?.phase === "asking") return "Asking for the camera";
  if (engine.phase === "loading") return loadingOf(engine, mode);
  if (mode === "empty") return "Ready for a photo";
  if (mode === "live") return answer ? "Looking live" : "Starting the camera";
  if (mode === "many") {
    return done < photos.length
      ? `${done} of ${photos.length} photos done`
      : `${photos.length} photos: ${countsOf(photos)}`;
  }
  if (!answer) return `Looking at ${photo.file.name || "the photo"}`;
  if (pressed !== null) {
    const { label } = answer.classes.find(({ index }) => index === pressed);
    return map
      ? `Lit up: what speaks for ${className(label)}`
      : `Looking where ${className(label)} is`;
  }
  return headline(answer);
}

/** An answer in a few words. A sigmoid model may have no likely label. */
function headline({ classes: [best] }) {
  if (!best) return "No label reaches 50%";
  const { label, probability } = best;
  const guess = `${className(label)}, ${percent(probability)}`;
  return probability < 0.5 ? `Not sure. Perhaps ${guess}` : guess;
}

function loadingOf({ done, total, isElsewhere }, mode) {
  if (done === undefined || done === total) return "Loading the model";
  const where = isElsewhere ? "Another tab downloads" : "Downloading";
  const then = mode === "empty" ? "" : ", then the answer comes";
  return `${where} the model, once${then}`;
}

/** Counts the photos of each likeliest class, such as "Neutral 17, Drawing 3". */
export function countsOf(photos) {
  const counts = new Map();
  for (const { answer, problem } of photos) {
    const [best] = answer?.classes ?? [];
    const name = problem
      ? "not readable"
      : best
      ? className(best.label)
      : "none";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`).join(", ");
}

/**
 * The part of a photo where a map has its maximum: "in the upper left", "in the
 * middle".
 */
export function placeOf({ values, width, height }) {
  let most = 0;
  values.forEach((it, i) => {
    if (it > values[most]) most = i;
  });
  const third = (at, size, names) =>
    names[Math.min(2, Math.floor(3 * at / size))];
  const across = third(most % width, width, ["left", "", "right"]);
  const down = third(Math.floor(most / width), height, ["upper", "", "lower"]);
  if (!down) return across ? `on the ${across}` : "in the middle";
  return across
    ? `in the ${down} ${across}`
    : `at the ${down === "upper" ? "top" : "bottom"}`;
}

export function milliseconds(time) {
  return time < 10 ? `${time.toFixed(1)} ms` : `${Math.round(time)} ms`;
}

export function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
