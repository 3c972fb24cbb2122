import { fileURLToPath } from "node:url";

/** The folder of all that is made and installed for a comparison; git ignores it. */
export const DIST: string = fileURLToPath(new URL("dist", import.meta.url));
