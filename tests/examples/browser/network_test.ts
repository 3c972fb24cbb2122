/** Networks that are down, silent or captive, and hosts with a new version. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { largeWebpFile } from "../../image/webp/blank_webp.ts";
import { answerOf } from "./answer.ts";
import {
  ANSWER,
  choose,
  givePhotos,
  pageTest,
  pathOf,
  shown,
  visit,
  type VisitOptions,
} from "./chromium.ts";
import { usePage } from "./shared_page.ts";

const PHOTO = new URL("../../../examples/photos/drum.jpg", import.meta.url);
const IMAGES = new URL("../../data/images/", import.meta.url);
const INT8 = { precision: "int8", activationBits: 7 } as const;

const shared = usePage();

/** Waits until the page says that it works offline. */
async function isKept(page: Page) {
  await page.getByText("Works offline.").waitFor();
}

async function classify(page: Page, photo = PHOTO) {
  await givePhotos(page, fileURLToPath(photo));
  const { classes, facts } = await shown(page, ANSWER);
  assert.deepEqual(classes, await answerOf(shared.built.network, photo, INT8));
  return { classes, facts };
}

/** The state of a network. */
type Mood = "well" | "silent" | "503" | "captive" | "gone";

interface MoodyServer extends Disposable {
  mood: Mood;
  readonly intercept: NonNullable<VisitOptions["intercept"]>;
}

/** A server in the mood that was set last; its silent responses end with it. */
function moody(): MoodyServer {
  const ends: (() => void)[] = [];
  const silent = () =>
    new Promise<Response>((resolve) =>
      ends.push(() => resolve(new Response("late")))
    );
  const server: MoodyServer = {
    mood: "well",
    intercept(request, serve) {
      const isOfVersion = pathOf(request.url).startsWith("/v-");
      switch (server.mood) {
        case "silent":
          return silent();
        case "503":
          return new Response("<h1>Unavailable</h1>", HTML(503));
        case "captive":
          return new Response("<h1>Sign in</h1>", HTML(200));
        case "gone": // After a deploy the old version's files are gone.
          return isOfVersion ? new Response("gone", { status: 404 }) : serve();
        default:
          return serve();
      }
    },
    [Symbol.dispose]: () => ends.forEach((end) => end()),
  };
  return server;
}

const HTML = (status: number) => ({
  status,
  headers: { "content-type": "text/html" },
});

pageTest(
  "the page works and explains offline after its first visit, every format",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    await isKept(page);
    await page.context().setOffline(true);
    await page.reload();
    await using large = await largeWebpFile();
    const names = ["color.jpg", "color.png", "lossy.webp", large.url.href];
    for (const name of names) {
      const { classes, facts } = await classify(page, new URL(name, IMAGES));
      assert.match(facts.Backend!, /\d threads$/); // Still isolated.
      await page.locator("#classes button").first().click();
      await shown(page, new RegExp(`^Lit up: .* ${classes[0]!.label}$`));
    }
    await choose(page, "backend", "tfjs-wasm");
    await shown(page, /^tfjs isn't on this device yet/);
    assert.equal(await page.getByText("Works offline.").count(), 0);
    await choose(page, "backend", "engine");
    await shown(page, ANSWER);
  },
);

pageTest(
  "AVIFs are read offline once one has been read",
  async () => {
    const avif = new URL("../formats/photo.avif", IMAGES);
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    await isKept(page);
    await page.context().setOffline(true);
    await givePhotos(page, fileURLToPath(avif));
    const { problem } = await shown(page, /^The part of the page that reads/);
    assert.match(problem, /AVIF files couldn't be loaded\. Try again/);
    await page.context().setOffline(false);
    await page.reload();
    await classify(page, avif);
    await page.context().setOffline(true);
    await page.reload();
    await classify(page, avif);
  },
);

for (const mood of ["silent", "503", "captive"] as const) {
  pageTest(
    `a page that is kept comes where the network is ${mood}`,
    async () => {
      using server = moody();
      await using visited = await visit(
        shared.browser,
        shared.built.folder,
        server,
      );
      const { page } = visited;
      await isKept(page);
      server.mood = mood;
      await page.reload();
      await classify(page);
      await page.locator("#classes button").first().click();
      await shown(page, /^Lit up/);
      server.mood = "well";
    },
  );
}

pageTest(
  "an open page goes on after a deploy that has other names",
  async () => {
    using server = moody();
    await using visited = await visit(
      shared.browser,
      shared.built.folder,
      server,
    );
    const { page } = visited;
    await isKept(page);
    server.mood = "gone";
    await classify(page);
    await choose(page, "variant", "low79");
    await shown(page, ANSWER);
  },
);

pageTest(
  "a new version comes by itself, and the old page goes on until it does",
  async () => {
    await using deployed = await copyOf(shared.built.folder);
    await using visited = await visit(shared.browser, deployed.folder);
    const { page } = visited;
    await isKept(page);
    await classify(page);
    await deployed.deploy("a".repeat(16));
    await page.evaluate(async () =>
      await (await navigator.serviceWorker.ready).update()
    );
    const renew = page.getByRole("button", {
      name: "Reload for the new version",
    });
    await renew.waitFor();
    // The host no longer has the old version's files.
    await choose(page, "variant", "low79");
    await shown(page, ANSWER);
    await renew.click();
    await page.locator(`script[src^="v-${"a".repeat(16)}/"]`).waitFor({
      state: "attached",
    });
    await classify(page);
  },
);

pageTest(
  "photos that are given before the page's script has loaded are classified",
  async () => {
    const given = Promise.withResolvers<void>();
    await using visited = await visit(shared.browser, shared.built.folder, {
      until: "commit",
      async intercept({ url }, serve) {
        if (url.endsWith("/app.js")) await given.promise;
        return await serve();
      },
    });
    const { page } = visited;
    await givePhotos(page, fileURLToPath(PHOTO));
    assert.equal(await page.locator("#status").textContent(), "");
    given.resolve();
    const { classes } = await shown(page, ANSWER);
    assert.deepEqual(
      classes,
      await answerOf(shared.built.network, PHOTO, INT8),
    );
  },
);

/** A page in a temporary folder, which may get a new version. */
async function copyOf(folder: string) {
  const copy = await Deno.makeTempDir();
  const { success } = await new Deno.Command("cp", {
    args: ["-r", `${folder}/.`, copy],
  }).output();
  assert.ok(success);
  return {
    folder: copy,
    async deploy(version: string) {
      const old = shared.built.version.slice(2);
      for (const name of ["index.html", "sw.js"]) {
        const text = await Deno.readTextFile(`${copy}/${name}`);
        await Deno.writeTextFile(
          `${copy}/${name}`,
          text.replaceAll(old, version),
        );
      }
      await Deno.rename(`${copy}/v-${old}`, `${copy}/v-${version}`);
    },
    [Symbol.asyncDispose]: () => Deno.remove(copy, { recursive: true }),
  };
}

pageTest(
  "what a network or a host lacks is told, and may be tried again",
  async () => {
    const png = fileURLToPath(new URL("color.png", IMAGES));
    for (
      const [path, answer, words] of [
        [/^\/models\//, new Response("<html>Sign in", HTML(200)), /sign in/],
        [/^\/models\//, new Response("", { status: 404 }), /broke off/],
        [/model\.json$/, new Response("", { status: 404 }), /model\.json/],
        [/\/png-[^/]+$/, new Response("", { status: 503 }), /reads PNG files/],
      ] as const
    ) {
      let isAway = true;
      await using visited = await visit(shared.browser, shared.built.folder, {
        context: { serviceWorkers: "block" },
        intercept: ({ url }, serve) =>
          isAway && path.test(pathOf(url)) ? answer.clone() : serve(),
      });
      const { page } = visited;
      await givePhotos(page, png);
      await shown(page, words);
      isAway = false;
      await page.getByRole("button", { name: "Try again" }).click();
      const { problem } = await shown(page, ANSWER);
      assert.equal(problem, "");
    }
  },
);

pageTest("a page whose worker doesn't come says to reload it", async () => {
  await using visited = await visit(shared.browser, shared.built.folder, {
    context: { serviceWorkers: "block" },
    intercept: ({ url }, serve) =>
      url.endsWith("/worker.js") ? new Response("", { status: 404 }) : serve(),
  });
  await shown(visited.page, /^A part of this page didn't load/);
  await visited.page.getByRole("button", { name: "Reload the page" }).waitFor();
});
