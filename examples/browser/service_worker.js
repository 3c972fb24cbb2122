/**
 * Lets the page work offline, and on networks that say nothing or lie. The build puts
 * `VERSION` and `FILES` before this text: all that the page needs but for the model,
 * which the package itself keeps, and what few need, as tfjs, which is kept once it came.
 *
 * A version is kept as a whole before it is used, and files come from what is kept. The
 * files of a version lie in a folder of its own, so that a page that is open goes on
 * with its own after the next version has come.
 *
 * @module
 */
/* global VERSION, FILES */
const PREFIX = "totem-page-";
const NAME = `${PREFIX}${VERSION}`;
const VERSION_FOLDER = /\/v-[\da-f]+\//;
const { pathname: HOME } = new URL("./", location);

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(install());
});

addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([clients.claim(), removeOld()]));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.endsWith(".safetensors")) return;
  event.respondWith(answer(request, pathname));
});

async function install() {
  const cache = await caches.open(NAME);
  // Names with a version never change; the others mustn't come from the HTTP cache.
  await cache.addAll(
    FILES.map((it) =>
      new Request(it, {
        cache: VERSION_FOLDER.test(`/${it}`) ? "default" : "no-cache",
      })
    ),
  );
  const page = await (await cache.match("./")).text();
  if (page.includes(VERSION)) return;
  await caches.delete(NAME); // A network's own page, or one of another version.
  throw new Error("the page doesn't fit its service worker");
}

async function answer(request, pathname) {
  const cache = await caches.open(NAME);
  const isPage = [HOME, `${HOME}index.html`].includes(pathname);
  const kept = await cache.match(isPage ? "./" : request) ??
    await keptEarlier(request, pathname);
  if (kept) return kept;
  const response = await fetch(request);
  const type = response.headers.get("content-type") ?? "";
  const isLie = type.startsWith("text/html"); // A network's own page.
  if (response.ok && VERSION_FOLDER.test(pathname) && !isLie) {
    await cache.put(request, response.clone()).catch(() => {}); // The quota.
  }
  return response;
}

/** A file of the version that an open page began with. */
async function keptEarlier(request, pathname) {
  if (VERSION_FOLDER.test(pathname)) return await caches.match(request);
}

/** Removes all versions but this one and the one before. */
async function removeOld() {
  const names = (await caches.keys()).filter((it) => it.startsWith(PREFIX));
  const others = names.filter((it) => it !== NAME);
  await Promise.all(others.slice(0, -1).map((it) => caches.delete(it)));
}
