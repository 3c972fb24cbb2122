/**
 * Shows answers, and the hardware and backend that computed them.
 *
 * @module
 */
import { className, milliseconds, percent } from "./words.js";

const find = (id) => document.getElementById(id);

/**
 * Shows the likeliest classes, or the labels of a sigmoid that reach its threshold, as
 * bars. A bar's `data` element has the exact probability, and its list item the class's
 * original name.
 *
 * @param {{ classes: Classification[] } | null} answer
 * @param {((index: number) => void) | null} onChoose Called when a class is tapped; if
 * null, classes can't be tapped.
 */
export function showClasses(answer, onChoose) {
  const list = find("classes");
  list.hidden = !answer?.classes.length;
  list.replaceChildren(
    ...(answer?.classes ?? []).map((it) => itemOf(it, onChoose)),
  );
}

function itemOf({ label, index, probability }, onChoose) {
  const [item, row, name, value, bar] = [
    "li",
    onChoose ? "button" : "div",
    "span",
    "data",
    "span",
  ].map((tag) => document.createElement(tag));
  name.textContent = className(label);
  value.value = probability;
  value.textContent = percent(probability);
  bar.className = "bar";
  // Where the text says <0.1%, there is no bar.
  const shown = probability < 0.001 ? 0 : probability;
  bar.style.setProperty("--probability", shown);
  row.className = "row";
  row.append(name, " ", value, bar);
  item.dataset.label = label;
  if (onChoose) {
    row.type = "button";
    row.dataset.index = index;
    row.setAttribute("aria-pressed", false);
    row.addEventListener("click", () => onChoose(index));
  }
  item.append(row);
  return item;
}

/** Shows the timings of an answer, and what the classifier runs on. */
export function showFacts(timings, machine) {
  const facts = {
    ...timings && {
      Time: milliseconds(timings.inference),
      Decoding: milliseconds(timings.decode),
      Resizing: milliseconds(timings.resize),
    },
    ...machine && factsOf(machine),
  };
  const list = find("facts");
  list.replaceChildren(
    ...Object.entries(facts).map(([term, text]) => {
      const [pair, dt, dd] = ["div", "dt", "dd"].map((it) =>
        document.createElement(it)
      );
      dt.textContent = term;
      dd.textContent = text;
      pair.append(dt, dd);
      return pair;
    }),
  );
  list.hidden = !machine;
}

function factsOf(machine) {
  const { device, precision, detail, memory, loading, size } = machine;
  const { activationBits: bits } = machine;
  const most = precision === "int8" ? "" : "up to ";
  return {
    Memory: `${most}${(memory / 2 ** 20).toFixed(1)} MiB`,
    Backend: `${device}: ${detail}`,
    Precision: bits === null ? precision : `${precision}, ${bits} bits`,
    Input: `${size} × ${size} pixels`,
    Loading: milliseconds(loading),
  };
}
