import { isAddress } from "../io/address.ts";
import { ArgumentError } from "../errors.ts";
import { loadDecoders } from "../image/load_decoders.ts";
import { DEFAULT_MAX_MEMORY, DEFAULT_MAX_PIXELS } from "../image/mod.ts";
import { kindAt } from "../io/open_file.ts";
import { findKnownModel } from "../weights/known_models.ts";
import { handlerWith } from "../server/handler.ts";
import { withTimeout } from "../async/timeout.ts";
import { DEFAULT_MAX_BODY_BYTES } from "../server/mod.ts";
import { type Command, parseNone } from "./command.ts";
import { LIMITS_HELP } from "./image_options.ts";
import { bytes, choice, count, flag, text, texts } from "./option_kinds.ts";
import { UsageError } from "./options.ts";
import { reasonOf } from "./file_error.ts";
import { networkReason } from "../io/network_reason.ts";
import { systemCode, systemReason } from "../io/system_reason.ts";
import { isLoopback } from "./http/connections.ts";
import {
  assertDeno,
  type HttpOptions,
  type HttpServer,
  serveHttp,
} from "./http/serve_http.ts";
import { Metrics, metricsRoute } from "./metrics.ts";
import { readLabels } from "./class_files.ts";
import { readNamedText } from "./named_file.ts";
import {
  loadModel,
  MODEL_HELP,
  MODEL_OPTIONS,
  SOURCE_HELP,
} from "./model_options.ts";
import { LOG_FORMATS, logEvent, logRequest } from "./request_log.ts";
import { onSignals } from "./signals.ts";
import {
  type Address,
  isAddressInUse,
  isDenied,
  type Signal,
  system,
} from "./system.ts";
import { LABELS_HELP, LABELS_OPTION } from "./network_options.ts";

/** `totem serve` */
export const serve: Command = {
  summary: "Classify images over HTTP",
  help: `\
Usage: totem serve [options]

Classifies images over HTTP. POST an image, or a form with several, to /classify
or /features. GET /model, /healthz, /readyz and, for Prometheus, /metrics. On
SIGINT or SIGTERM it finishes the requests in progress, within --deadline, and
stops.

Options:
${SOURCE_HELP}
  --port N           Port, or 0 for any free one (default: 8000)
  --host ADDRESS     Address to listen on (default: 127.0.0.1)
  --token-file FILE  File with the bearer token to require, except on /healthz
                     and /readyz
  --open-metrics     Don't require the token on /metrics
  --cors ORIGIN      Origin whose pages may send requests, or *. Can be repeated
  --log FORMAT       Log each request to standard error: text, json or none
                     (default: text)
${LABELS_HELP}

Limits:
  --queue N          Requests that can wait; others get 503 (default: 32)
  --deadline N       Longest time for a request, in seconds (default: 30)
  --connections N    Open connections (default: 512)
  --per-address N    Open connections from one address. Behind a proxy, allow as
                     many as it opens (default: 128)
  --max-body BYTES   Largest request body (default: ${DEFAULT_MAX_BODY_BYTES})
  --max-body-memory BYTES
                     Memory for request bodies, from their arrival until their
                     images are answered. When it is full, senders wait, but one
                     more body is always read (default: 16 MiB, or --max-body if
                     that is less, times the number of images that run at once,
                     or times 4 if that is more)
${LIMITS_HELP}

${MODEL_HELP}

Example:
  totem serve --port 8000
  curl -T photo.jpg -X POST localhost:8000/classify`,
  async run(args, io) {
    const values = parseNone(args, {
      ...MODEL_OPTIONS,
      ...LABELS_OPTION,
      port: count(8000, 0, 65_535),
      host: text("127.0.0.1"),
      queue: count(32, 0),
      deadline: count(30, 1),
      "max-body": bytes(DEFAULT_MAX_BODY_BYTES),
      "max-body-memory": bytes(undefined),
      "max-pixels": count(DEFAULT_MAX_PIXELS, 1),
      "max-memory": bytes(DEFAULT_MAX_MEMORY),
      connections: count(512, 1),
      "per-address": count(128, 1),
      "token-file": text(),
      "open-metrics": flag,
      cors: texts(),
      log: choice("text", LOG_FORMATS),
    });
    const { log, port } = values;
    const say = (message: string) => logEvent(io, log, message);
    const file = values["token-file"];
    const token = file === undefined ? undefined : await readToken(file);
    assertDeno(system.version.deno);
    const metrics = new Metrics();
    const deadline = 1000 * values.deadline;
    const handler = createHandler(
      {
        classifier: () => model,
        queue: values.queue,
        deadline,
        maxBodyBytes: values["max-body"],
        maxBodyMemory: values["max-body-memory"],
        maxPixels: values["max-pixels"],
        maxMemory: values["max-memory"],
        token,
        cors: values.cors.length === 0 ? undefined : values.cors,
        onRequest(entry) {
          metrics.count(entry);
          logRequest(io, log, entry);
        },
      },
      new Map([["/metrics", metricsRoute(countsNow, values["open-metrics"])]]),
    );
    function countsNow(): string {
      return metrics.text(handler.status(), server.connections);
    }
    // Report missing files before listening.
    if (values.labels !== undefined) await readLabels(values.labels);
    if (await isAbsent(values.model)) {
      await loadModel(io, values, Infinity).model;
    }
    // Listen before loading the model: if that fails, no time is wasted.
    const server = await listen({
      hostname: values.host,
      port,
      limits: {
        connections: values.connections,
        perAddress: values["per-address"],
        ...TIMES,
      },
      handler,
      onEvent: say,
    });
    const { hostname } = server.addr;
    say(`Listening on ${urlOf(server.addr)}`);
    if (token === undefined && !isLoopback(hostname)) {
      say(
        `warning: anyone who reaches ${hostname} can use this server: see --token-file`,
      );
    }
    let end!: (signal: Signal) => void;
    const ending = new Promise<Signal>((resolve) => end = resolve);
    const signals: readonly Signal[] = system.build.os === "windows"
      ? ["SIGINT"]
      : ["SIGINT", "SIGTERM"];
    using _listening = onSignals(io.streams, signals, 1, end);
    const { model } = loadModel(io, values, Infinity, say);
    const serving = (async () => {
      using _classifier = await model;
      await Promise.all([
        handler.load(),
        loadDecoders(),
        import("../run_frames.ts"),
      ]);
      say("Ready");
      await ending;
      // Drain before closing: requests whose body is still arriving count as in progress.
      await handler.drain();
    })();
    try {
      await Promise.race([serving, ending]);
      say(`${await ending}: finishing the requests in progress`);
      const hasEnded = await endsWithin(deadline, serving);
      await server.close(LAST_ANSWERS_MS);
      // Work that can't be cancelled, such as a download or an image, ends with the
      // process.
      if (!hasEnded) io.streams.exit(0);
      return 0;
    } finally {
      // Also if the model can't be loaded.
      await server.close(0);
    }
  },
};

/**
 * Timeouts of connections, in ms. A real client sends its request head at once. Proxies
 * keep connections open for up to 60 s, and must be the side that closes them: a request
 * sent on a connection that is being closed is lost.
 */
const TIMES = { head: 10_000, idle: 65_000 };

/** The time in ms to send the last responses. */
const LAST_ANSWERS_MS = 2000;

/** Whether a model is neither known, nor an address, nor an existing path. */
async function isAbsent(source: string): Promise<boolean> {
  return !findKnownModel(source) && !isAddress(source) &&
    await kindAt(source) === undefined;
}

/** @throws {UsageError} When an option is out of range. */
function createHandler(...args: Parameters<typeof handlerWith>) {
  try {
    return handlerWith(...args);
  } catch (error) {
    if (error instanceof ArgumentError) throw new UsageError(error.message);
    throw error;
  }
}

/** @throws {ArgumentError} When it can't listen at this address. */
async function listen(options: HttpOptions): Promise<HttpServer> {
  try {
    return await serveHttp(options);
  } catch (error) {
    if (isDenied(error)) throw error;
    const { hostname, port } = options;
    const reason = isAddressInUse(error)
      ? "something else does: choose another --port"
      : systemCode(error) === "EACCES" && port < 1024
      ? `ports below 1024 need more rights: choose another --port`
      : systemReason(error) ?? networkReason(reasonOf(error));
    throw new ArgumentError(
      `Cannot listen on ${hostname}:${port} as ${reason}`,
    );
  }
}

function urlOf({ hostname, port }: Address): string {
  return `http://${
    hostname.includes(":") ? `[${hostname}]` : hostname
  }:${port}`;
}

/** Whether `work` ends within `ms`. Rejects if `work` does. */
async function endsWithin(ms: number, work: Promise<void>): Promise<boolean> {
  const late = new Error("It is late");
  try {
    await withTimeout(ms, work, () => late);
    return true;
  } catch (error) {
    if (error === late) return false;
    throw error;
  }
}

async function readToken(file: string): Promise<string> {
  const token = (await readNamedText(file)).trim();
  // Characters allowed in a header.
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(
    `Cannot use the token in ${file} as it must be of letters, digits and signs, at least one`,
  );
}
