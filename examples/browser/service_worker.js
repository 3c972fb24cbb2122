/**
 * Makes the page work offline, and on networks that don't respond or respond with their
 * own pages. The build prepends `VERSION` and `FILES`: all files that the page needs,
 * except the model, which the package itself caches, and rarely used files such as
 * tfjs, which are cached after their first download.
 *
 * A version is cached completely before it is used, and files are served from the
 * cache. Each version has its own folder, so that an open page keeps its files after
 * the next version has arrived.
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
  // Versioned names never change; other files must bypass the HTTP cache.
  await cache.addAll(
    FILES.map((it) =>
      new Request(it, {
        cache: VERSION_FOLDER.test(`/${it}`) ? "default" : "no-cache",
      })
    ),
  );
  const page = await (await cache.match("./")).text();
  if (page.includes(VERSION)) return;
  await caches.delete(NAME); // A captive portal's page, or one of another version.
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
  const isLie = type.startsWith("text/html"); // A captive portal's page.
  if (response.ok && VERSION_FOLDER.test(pathname) && !isLie) {
    await cache.put(request, response.clone()).catch(() => {}); // The quota is used up.
  }
  return response;
}

/** A cached file of the version that an open page started with. */
async function keptEarlier(request, pathname) {
  if (VERSION_FOLDER.test(pathname)) return await caches.match(request);
}

/** Removes all versions except this one and the one before. */
async function removeOld() {
  const names = (await caches.keys()).filter((it) => it.startsWith(PREFIX));
  const others = names.filter((it) => it !== NAME);
  await Promise.all(others.slice(0, -1).map((it) => caches.delete(it)));
}
