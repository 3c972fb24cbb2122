/** The version of this package: that of deno.json, which a bundle doesn't have. */
export const VERSION = "0.1.0";
