/**
 * Debian's Firefox ESR, driven over WebDriver BiDi: Playwright supports BiDi only in
 * later versions.
 */
import {
  type Engine,
  type EnginePage,
  exists,
  sourceOf,
} from "./engine_page.ts";

const PATH = "/usr/bin/firefox-esr";

/** Makes it send no requests of its own, and start no processes in advance. */
const PREFERENCES = {
  "app.update.enabled": false,
  "app.normandy.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.newtabpage.enabled": false,
  "browser.safebrowsing.update.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.ipc.processPrelaunch.enabled": false,
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,#remote-settings-dummy/v1",
  "toolkit.telemetry.unified": false,
};

export const firefox: Engine = {
  name: "Firefox",
  packages: "firefox-esr",
  isInstalled: await exists(PATH),
  launch,
};

async function launch(): Promise<EnginePage> {
  await using parts = new AsyncDisposableStack();
  const profile = await Deno.makeTempDir();
  parts.defer(() => Deno.remove(profile, { recursive: true }));
  await Deno.writeTextFile(
    `${profile}/user.js`,
    Object.entries(PREFERENCES).map(([name, value]) =>
      `user_pref("${name}", ${JSON.stringify(value)});\n`
    ).join(""),
  );
  const child = new Deno.Command(PATH, {
    args: ["--headless", "--remote-debugging-port=0", "--profile", profile],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  parts.defer(async () => {
    child.kill();
    await child.status;
  });
  const bidi = await connect(`${await addressIn(child.stderr)}/session`);
  parts.defer(() => bidi.close());
  await bidi.send("session.new", { capabilities: {} });
  const { contexts } = await bidi.send("browsingContext.getTree", {});
  const { context } = contexts[0];
  const call = (functionDeclaration: string) =>
    bidi.send("script.callFunction", {
      functionDeclaration,
      awaitPromise: true,
      target: { context },
    });

  const owned = parts.move();
  return {
    async open(url) {
      await bidi.send("browsingContext.navigate", {
        context,
        url,
        wait: "complete",
      });
    },
    async reload() {
      await bidi.send("browsingContext.reload", { context, wait: "complete" });
    },
    async evaluate(run, ...values) {
      const answer = await call(`() => ${sourceOf(run, values)}`);
      if (answer.type === "exception") {
        throw new Error(answer.exceptionDetails.text);
      }
      return JSON.parse(answer.result.value);
    },
    async chooseFile(selector, path) {
      const find = `() => document.querySelector(${JSON.stringify(selector)})`;
      const { result } = await call(find);
      await bidi.send("input.setFiles", {
        context,
        element: { sharedId: result.sharedId },
        files: [path],
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The address that Firefox prints when it listens. */
async function addressIn(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoderStream();
  // Keeps reading later output, so that Firefox never blocks on a full pipe.
  const [first, rest] = stream.tee();
  void rest.pipeTo(new WritableStream()).catch(() => {});
  for await (
    const chunk of first.pipeThrough(
      decoder as ReadableWritablePair<string, Uint8Array>,
    )
  ) {
    text += chunk;
    const address = text.match(/WebDriver BiDi listening on (ws:\S+)/)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error(`Firefox ended: ${text}`);
}

/** A connection that sends commands and returns their results. */
interface Bidi {
  // deno-lint-ignore no-explicit-any -- as the protocol has them
  send(method: string, params: Record<string, unknown>): Promise<any>;
  close(): Promise<void>;
}

async function connect(address: string): Promise<Bidi> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const closed = new Promise<void>((resolve) => {
    socket.onclose = () => {
      for (const { reject } of waiting.values()) {
        reject(new Error("Firefox closed the connection"));
      }
      resolve();
    };
  });
  socket.onmessage = ({ data }) => {
    const { id, type, result, error, message } = JSON.parse(data);
    const pending = waiting.get(id);
    if (pending === undefined) return; // An event.
    waiting.delete(id);
    if (type === "success") pending.resolve(result);
    else pending.reject(new Error(`${error}: ${message}`));
  };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  let last = 0;
  return {
    send(method, params) {
      const pending = Promise.withResolvers<unknown>();
      const id = ++last;
      waiting.set(id, pending);
      socket.send(JSON.stringify({ id, method, params }));
      return pending.promise;
    },
    async close() {
      socket.close();
      await closed;
    },
  };
}
