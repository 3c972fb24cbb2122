import { fileURLToPath } from "node:url";

/**
 * The folder for everything that is built and installed for a comparison; git ignores
 * it.
 */
export const DIST: string = fileURLToPath(new URL("dist", import.meta.url));
