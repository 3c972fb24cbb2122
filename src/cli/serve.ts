import { DEFAULT_MAX_PIXELS, DEFAULT_MAX_WEBP_PIXELS } from "../image/mod.ts";
import { bearerOf } from "../server/authorization.ts";
import { createHandler, DEFAULT_MAX_BODY_BYTES } from "../server/mod.ts";
import {
  type Command,
  expectNoPositionals,
  makeOf,
  parse,
  parseChoice,
  parseCount,
  UsageError,
} from "./command.ts";
import { reasonOf, withFile } from "./file_error.ts";
import { Metrics, metricsHandler } from "./metrics.ts";
import { loadModel, MODEL_HELP, MODEL_OPTIONS } from "./model_options.ts";
import { LOG_FORMATS, logEvent, logRequest } from "./request_log.ts";

/** `totem serve` */
export const serve: Command = {
  summary: "Answer over HTTP",
  help: `\
Usage: totem serve [options]

Answers over HTTP: POST an image, or a form of several, to /classify or /features;
GET /model, /healthz, /readyz and, for Prometheus, /metrics. On SIGINT and SIGTERM
it answers what is under way, and ends.

Options:
  --port N           The port, or 0 for any that is free (default: 8000)
  --host ADDRESS     The address (default: 127.0.0.1)
  --queue N          Requests that may wait; others are answered 503 (default: 32)
  --deadline N       Seconds that a request may take (default: 30)
  --max-body BYTES   What a request may have (default: ${DEFAULT_MAX_BODY_BYTES})
  --max-pixels N     What an image may have (default: ${DEFAULT_MAX_PIXELS})
  --max-whole-pixels N
                     What a WebP or an interlaced PNG may have, which take up to
                     12 bytes a pixel (default: ${DEFAULT_MAX_WEBP_PIXELS})
  --token-file FILE  A file with the bearer token to ask for, but of /healthz and
                     /readyz
  --cors ORIGIN      An origin whose pages may ask, or *; may be repeated
  --log FORMAT       A line a request on standard error: text, json or none
                     (default: text)
${MODEL_HELP}

Example:
  totem serve --port 8000
  curl --data-binary @photo.jpg -H 'Content-Type: image/jpeg' localhost:8000/classify`,
  async run(args) {
    const { values, positionals } = parse(args, {
      ...MODEL_OPTIONS,
      port: { type: "string", default: "8000" },
      host: { type: "string", default: "127.0.0.1" },
      queue: { type: "string", default: "32" },
      deadline: { type: "string", default: "30" },
      "max-body": { type: "string", default: `${DEFAULT_MAX_BODY_BYTES}` },
      "max-pixels": { type: "string", default: `${DEFAULT_MAX_PIXELS}` },
      "max-whole-pixels": {
        type: "string",
        default: `${DEFAULT_MAX_WEBP_PIXELS}`,
      },
      "token-file": { type: "string" },
      cors: { type: "strings", default: [] },
      log: { type: "string", default: "text" },
    });
    expectNoPositionals(positionals);
    const log = parseChoice("log", values.log, LOG_FORMATS);
    const file = values["token-file"];
    const token = file === undefined ? undefined : await readToken(file);
    const metrics = new Metrics();
    const port = parseCount("port", values.port, 0, 65_535);
    const handler = makeOf(() =>
      createHandler({
        classifier: () => model,
        queue: parseCount("queue", values.queue, 0),
        deadline: 1000 * parseCount("deadline", values.deadline, 1),
        maxBodyBytes: parseCount("max-body", values["max-body"], 1),
        maxPixels: parseCount("max-pixels", values["max-pixels"], 1),
        maxWholePixels: parseCount(
          "max-whole-pixels",
          values["max-whole-pixels"],
          1,
        ),
        token,
        cors: values.cors.length === 0 ? undefined : values.cors,
        onRequest(entry) {
          metrics.count(entry);
          logRequest(log, entry);
        },
      })
    );
    const answerMetrics = metricsHandler(
      () => metrics.text(handler.status()),
      token === undefined ? null : bearerOf(token),
    );
    // Before the model, which takes a while to be loaded for nothing.
    const server = listen(
      values.host,
      port,
      (request) =>
        URL.parse(request.url)?.pathname === "/metrics"
          ? answerMetrics(request)
          : handler(request),
      (url) => logEvent(log, `Listening on ${url}`),
    );
    const ending = firstSignal();
    const { model } = loadModel(
      values,
      Infinity,
      (line) => logEvent(log, line),
    );
    try {
      using _classifier = await model;
      await handler.load();
      logEvent(log, "Ready");
      const signal = await ending;
      logEvent(log, `${signal}: answering what is under way`);
      // Not both at once: the latter breaks bodies off that are still coming.
      await handler.drain();
    } finally {
      // Also when the model can't be loaded.
      await server.shutdown();
    }
    return 0;
  },
};

function listen(
  hostname: string,
  port: number,
  handler: (request: Request) => Promise<Response>,
  onListen: (url: string) => void,
): Deno.HttpServer {
  try {
    return Deno.serve({
      hostname,
      port,
      onListen: ({ hostname, port }) =>
        onListen(
          `http://${
            hostname.includes(":") ? `[${hostname}]` : hostname
          }:${port}`,
        ),
    }, handler);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const reason = error instanceof Deno.errors.AddrInUse
      ? "something else does: choose another --port"
      : reasonOf(error);
    throw new RangeError(`Cannot listen on ${hostname}:${port} as ${reason}`);
  }
}

/** Resolves at the first signal to end; a second one ends the process. */
function firstSignal(): Promise<Deno.Signal> {
  const signals: readonly Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM"];
  return new Promise((resolve) => {
    let count = 0;
    for (const signal of signals) {
      Deno.addSignalListener(signal, () => {
        if (++count > 1) Deno.exit(1);
        resolve(signal);
      });
    }
  });
}

async function readToken(file: string): Promise<string> {
  const text = await withFile("read", file, () => Deno.readTextFile(file));
  const token = text.trim();
  // What can be in a header.
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(
    `Cannot use the token in ${file} as it must be of letters, digits and signs, at least one`,
  );
}
