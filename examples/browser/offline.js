/**
 * Registers the service worker, and shows whether the page works offline. A page served
 * directly from the repository has no service worker, so that a reload shows edits.
 *
 * @module
 */
import { scriptUrl } from "./script_url.js";

const find = (id) => document.getElementById(id);
const IS_BUILT = /\/v-[\da-f]+\//.test(import.meta.url);

/**
 * Registers the service worker.
 *
 * @param {() => boolean} mayReload Whether the page may reload itself for a new
 * version, since nothing would be lost.
 */
export function workOffline(mayReload) {
  const workers = IS_BUILT ? navigator.serviceWorker : undefined;
  const isActive = register(workers);
  let isFirst = !workers?.controller;
  workers?.addEventListener("controllerchange", () => {
    if (!isFirst) {
      if (mayReload()) location.reload();
      else find("renew").hidden = false;
    }
    isFirst = false;
  });
  find("renew").addEventListener("click", () => location.reload());
  let last = 0;
  return {
    /** Shows whether the page works offline, as soon as it does. */
    async tell(isModelKept) {
      const turn = ++last;
      const works = isModelKept && await isActive;
      if (turn !== last) return;
      find("offline").textContent = works ? "Works offline." : "";
    },
  };
}

/** Registers the service worker; returns whether all files needed offline are cached. */
async function register(workers) {
  if (!workers) return false;
  try {
    await workers.register(scriptUrl("sw.js", document.baseURI));
    await answers(workers, (await workers.ready).active);
    return true;
  } catch {
    return false; // For example in private windows, or when the quota is used up.
  }
}

/** Waits until a service worker answers the requests of open pages, too. */
function answers(workers, worker) {
  return new Promise((resolve) => {
    const look = () => {
      // A page that was reloaded without the cache has no controller. A worker is
      // redundant if a newer version has replaced it.
      const isDone = ["activated", "redundant"].includes(worker.state);
      if (isDone || workers.controller) resolve();
    };
    worker.addEventListener("statechange", look);
    workers.addEventListener("controllerchange", look);
    look();
  });
}
