/** The folder of all that is made and installed for a comparison; git ignores it. */
export const DIST: string = new URL("dist", import.meta.url).pathname;
