/**
 * Shows answers, and what they were computed on.
 *
 * @module
 */
const find = (id) => document.getElementById(id);

/** What the classifier runs on. */
let machine = {};

/** Shows what a classifier runs on. */
export function showMachine({ device, precision, detail, memory, loading }) {
  const most = precision === "int8" ? "" : "up to ";
  machine = {
    Memory: `${most}${(memory / 2 ** 20).toFixed(1)} MiB`,
    Backend: `${device}: ${detail}`,
    Precision: precision,
    Loading: milliseconds(loading),
  };
  showFacts(machine);
}

/**
 * Shows the likeliest classes, or the labels of a sigmoid that reach its threshold, as
 * bars, with what they took. A bar's `data` element has the probability as it was computed.
 *
 * @param {(it: Classification, button: HTMLElement) => void} onChoose Called when a
 * class is tapped.
 */
export function showAnswer({ classes, timings }, onChoose) {
  const list = find("classes");
  list.replaceChildren(...classes.map((it) => {
    const { label, probability } = it;
    const [item, button, name, value, bar] = [
      "li",
      "button",
      "span",
      "data",
      "div",
    ].map((tag) => document.createElement(tag));
    name.textContent = label;
    button.type = "button";
    button.title = "Show where";
    button.ariaPressed = "false";
    button.append(name);
    button.addEventListener("click", () => onChoose(it, button));
    value.value = probability;
    value.textContent = `${(100 * probability).toFixed(1)}%`;
    bar.className = "bar";
    bar.style.setProperty("--probability", probability);
    item.append(button, " ", value, bar);
    return item;
  }));
  list.hidden = false;
  showFacts({
    Time: milliseconds(timings.inference),
    Decoding: milliseconds(timings.decode),
    Resizing: milliseconds(timings.resize),
    ...machine,
  });
}

function showFacts(facts) {
  const list = find("facts");
  list.replaceChildren(
    ...Object.entries(facts).flatMap(([term, text]) => {
      const [dt, dd] = ["dt", "dd"].map((it) => document.createElement(it));
      dt.textContent = term;
      dd.textContent = text;
      return [dt, dd];
    }),
  );
  list.hidden = false;
}

function milliseconds(time) {
  return time < 10 ? `${time.toFixed(1)} ms` : `${Math.round(time)} ms`;
}
