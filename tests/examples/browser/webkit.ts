/**
 * Debian's WebKitGTK, in its own minimal browser, driven over WebDriver on a virtual
 * screen.
 */
import {
  type Engine,
  type EnginePage,
  exists,
  sourceOf,
  until,
} from "./engine_page.ts";

const DRIVER = "/usr/bin/WebKitWebDriver";
const SCREEN = "/usr/bin/Xvfb";
const BROWSER =
  `/usr/lib/${Deno.build.arch}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;

export const webkit: Engine = {
  name: "WebKitGTK",
  packages: "webkit2gtk-driver and xvfb",
  isInstalled: (await Promise.all([DRIVER, SCREEN, BROWSER].map(exists)))
    .every((it) => it),
  launch,
};

async function launch(): Promise<EnginePage> {
  await using parts = new AsyncDisposableStack();
  const home = await Deno.makeTempDir();
  parts.defer(() => Deno.remove(home, { recursive: true }));
  const start = (
    path: string,
    args: string[],
    stdout: "piped" | "null",
    env: Record<string, string> = {},
  ) => {
    const child = new Deno.Command(path, { args, env, stdout, stderr: "null" })
      .spawn();
    parts.defer(async () => {
      child.kill();
      await child.status;
    });
    return child;
  };
  // It prints the number of a free display.
  const screen = start(
    SCREEN,
    ["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
    "piped",
  );
  const display = await firstLine(screen.stdout);
  const port = freePort();
  start(DRIVER, [`--port=${port}`, "--host=127.0.0.1"], "null", {
    DISPLAY: `:${display}`,
    GDK_BACKEND: "x11",
    LIBGL_ALWAYS_SOFTWARE: "1",
    HOME: home,
    XDG_RUNTIME_DIR: home,
  });
  const driver = `http://127.0.0.1:${port}`;
  await until(
    () => send("GET", `${driver}/status`).then(() => true, () => false),
    (it) => it,
  );
  const { sessionId } = await send("POST", `${driver}/session`, {
    capabilities: {
      alwaysMatch: {
        timeouts: { script: 120_000, pageLoad: 60_000 },
        "webkitgtk:browserOptions": {
          binary: BROWSER,
          args: ["--automation"],
        },
      },
    },
  });
  const session = `${driver}/session/${sessionId}`;
  parts.defer(() => send("DELETE", session));

  const owned = parts.move();
  return {
    open: (url) => send("POST", `${session}/url`, { url }),
    reload: () => send("POST", `${session}/refresh`, {}),
    async evaluate(run, ...values) {
      const script = `const done = arguments[0];
        ${sourceOf(run, values)}.then(
          (text) => done({ text }),
          (error) => done({ error: String(error) }),
        );`;
      const { text, error } = await send("POST", `${session}/execute/async`, {
        script,
        args: [],
      });
      if (error !== undefined) throw new Error(error);
      return JSON.parse(text);
    },
    async chooseFile(value, path) {
      const using = "css selector";
      const found = await send("POST", `${session}/element`, { using, value });
      const [id] = Object.values(found);
      await send("POST", `${session}/element/${id}/value`, { text: path });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

// deno-lint-ignore no-explicit-any -- as the protocol has it
type Value = any;

async function send(
  method: string,
  address: string,
  body?: unknown,
): Promise<Value> {
  const response = await fetch(address, {
    method,
    ...body !== undefined && { body: JSON.stringify(body) },
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("\n")) return text.trim();
  }
  throw new Error("The virtual screen ended");
}

/** A free port: the driver needs one as an argument. */
function freePort(): number {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return listener.addr.port;
}
