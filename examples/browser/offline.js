/**
 * The service worker, and what is told of it. A page that is served as it lies in the
 * repository has none: what is edited shall come with the next reload.
 *
 * @module
 */
import { scriptUrl } from "./script_url.js";

const find = (id) => document.getElementById(id);
const IS_BUILT = /\/v-[\da-f]+\//.test(import.meta.url);

/**
 * Registers the service worker.
 *
 * @param {() => boolean} mayReload Whether a new version may come at once, as there is
 * nothing to lose.
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
    /** Tells whether the page works offline, once it does. */
    async tell(isModelKept) {
      const turn = ++last;
      const works = isModelKept && await isActive;
      if (turn !== last) return;
      find("offline").textContent = works ? "Works offline." : "";
    },
  };
}

/** Whether all files that are needed offline are kept. */
async function register(workers) {
  if (!workers) return false;
  try {
    await workers.register(scriptUrl("sw.js", document.baseURI));
    await workers.ready;
    return true;
  } catch {
    return false; // As in private windows, and where the quota is used up.
  }
}
