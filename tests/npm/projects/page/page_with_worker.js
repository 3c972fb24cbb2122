const output = document.querySelector("output");
const worker = new Worker(new URL("./worker.js", import.meta.url), {
  type: "module",
});
worker.onmessage = ({ data }) => output.textContent = JSON.stringify(data);
worker.onerror = ({ message }) =>
  output.textContent = JSON.stringify({ error: message });
worker.postMessage({
  base: location.href,
  names: output.dataset.names.split(" "),
});
