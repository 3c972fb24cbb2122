// On demand, so that no chunk of a bundle imports this file: WebKit would run it again.
const loading = import("./classify.js");

onmessage = async ({ data: { base, names } }) => {
  const { classifyAll } = await loading;
  postMessage(
    await classifyAll(base, names).catch((error) => ({ error: error.stack })),
  );
};
