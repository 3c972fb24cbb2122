/** `node node.mjs`: classifies images over HTTP in Node. */
// @ts-ignore: The project that runs it installs it.
import { serve } from "@hono/node-server";
import { address, handler, run } from "./app.mjs";

const server = serve({
  ...address,
  fetch: (request, { incoming }) => {
    const hostname = incoming.socket.remoteAddress;
    return handler(request, { remoteAddr: { hostname } }); // Clients share evenly.
  },
}, ({ port }) => run(port, close));

/** Stops listening, and closes each connection after its last response. */
function close() {
  setInterval(() => server.closeIdleConnections(), 100);
  // Browsers open spare connections without a request. Node doesn't count those as
  // idle.
  setTimeout(() => server.closeAllConnections(), 2000);
  return new Promise((resolve) => server.close(resolve));
}
