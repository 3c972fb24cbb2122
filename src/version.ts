/** The version of this package, as in deno.json, which a bundle doesn't include. */
export const VERSION = "0.1.0";
