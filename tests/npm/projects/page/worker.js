import { classifyAll } from "./classify.js";

onmessage = ({ data: { base, names } }) =>
  classifyAll(base, names).then(
    postMessage,
    (error) => postMessage({ error: error.stack }),
  );
