/**
 * URLs of this page's own scripts, also under a Trusted Types policy.
 *
 * @module
 */
const policy = globalThis.trustedTypes?.createPolicy("totem", {
  createScriptURL(url) {
    if (new URL(url).origin === location.origin) return url;
    throw new TypeError(`${url} isn't of this page`);
  },
});

/** The URL of a script next to this one, or next to `base`. */
export function scriptUrl(name, base = import.meta.url) {
  const { href } = new URL(name, base);
  return policy?.createScriptURL(href) ?? href;
}
