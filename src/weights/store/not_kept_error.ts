import { UnknownModelError } from "../../errors.ts";

/**
 * A file isn't kept, and the server can't be asked for it, while other files of the model
 * are kept. If the model can do without the file, it counts as absent.
 */
export class NotKeptError extends UnknownModelError {}
