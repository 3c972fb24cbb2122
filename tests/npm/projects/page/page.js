import { classifyAll } from "./classify.js";

const output = document.querySelector("output");
const names = output.dataset.names.split(" ");
classifyAll(location.href, names).then(
  (it) => output.textContent = JSON.stringify(it),
  (error) => output.textContent = JSON.stringify({ error: error.stack }),
);
