/**
 * Addresses of this page's own scripts, also under a policy of Trusted Types.
 *
 * @module
 */
const policy = globalThis.trustedTypes?.createPolicy("totem", {
  createScriptURL(url) {
    if (new URL(url).origin === location.origin) return url;
    throw new TypeError(`${url} isn't of this page`);
  },
});

/** The address of a script beside this one, or beside `base`. */
export function scriptUrl(name, base = import.meta.url) {
  const { href } = new URL(name, base);
  return policy?.createScriptURL(href) ?? href;
}
